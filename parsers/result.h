// The two shapes that every function over foreign bytes answers with: a value, or an Error that says what and where.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace parsers {

// `code` is a stable snake_case name (counted, shown, never reused), `offset` counts bytes from the start of the
// text that was parsed, `detail` is a sentence for a person.
struct Error {
  const char* code = "";
  std::size_t offset = 0;
  std::string detail;
};

[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::runtime_error(error.detail.empty() ? error.code : error.detail);
}

template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace parsers
