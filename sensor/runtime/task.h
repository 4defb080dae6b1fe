// What becomes of a coroutine that ends in an exception: it leaves io_context::run(), and the daemon ends in the open
// instead of going on deaf.
#pragma once

#include <exception>

namespace runtime {

inline void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

}  // namespace runtime
