#pragma once

#include <string>

namespace support {

// The folder of the tests in the checkout that they were built from.
std::string tests_folder();

}  // namespace support
