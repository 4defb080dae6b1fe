// A file system under SQLite that fails when told to: the n-th write, flush, truncation, making or removing of a file.
#pragma once

#include <cstdint>

namespace test {

enum class Fault {
  io_error,     // nothing happens, SQLITE_IOERR
  no_space,     // nothing happens, SQLITE_FULL
  short_write,  // half of the bytes arrive, SQLITE_IOERR_WRITE
  power_cut,    // half of the bytes arrive, and from then on nothing does
};

// The default of SQLite while it lives; connections must be closed before it goes. One at a time, one thread.
class FaultyVfs {
 public:
  FaultyVfs();
  ~FaultyVfs();
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;

  // Counting begins anew. Operation 0 is the next one.
  void arm(std::uint64_t operation, Fault fault);
  void disarm();
  std::uint64_t operations() const;  // since arm() or disarm()
  bool has_failed() const;           // since arm()
};

}  // namespace test
