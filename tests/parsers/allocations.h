// Counts this thread's allocations: parsers_test replaces operator new (url_allocation_test.cpp).
#pragma once

#include <cstddef>

extern thread_local std::size_t allocations;
