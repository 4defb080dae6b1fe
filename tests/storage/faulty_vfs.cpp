#include "tests/storage/faulty_vfs.h"

#include <sqlite3.h>

#include <cstdlib>
#include <limits>

namespace test {
namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

struct Plan {
  std::uint64_t operations = 0, fails_at = kNever;
  Fault fault = Fault::io_error;
  bool has_failed = false;

  // True when this operation is the one that fails, or comes after the power was cut.
  bool strikes() {
    const std::uint64_t operation = operations++;
    if (operation != fails_at && !(has_failed && fault == Fault::power_cut)) return false;
    has_failed = true;
    return true;
  }
} plan;

sqlite3_vfs* real = nullptr;

// SQLite's file structure first; the real one lies behind it.
struct File {
  sqlite3_file base;
  sqlite3_file* behind() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
sqlite3_file* real_file(sqlite3_file* file) { return reinterpret_cast<File*>(file)->behind(); }
const sqlite3_io_methods* methods_of(sqlite3_file* file) { return real_file(file)->pMethods; }

int failure(int otherwise) { return plan.fault == Fault::no_space ? SQLITE_FULL : otherwise; }

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
  const bool was_cut = plan.has_failed;
  if (!plan.strikes()) return methods_of(file)->xWrite(real_file(file), bytes, count, offset);
  const bool tears = plan.fault == Fault::short_write || (plan.fault == Fault::power_cut && !was_cut);
  if (tears && count > 1) methods_of(file)->xWrite(real_file(file), bytes, count / 2, offset);
  return failure(SQLITE_IOERR_WRITE);
}
// What a process wrote outlives it without a flush, and thousands of real ones would take minutes.
int sync(sqlite3_file*, int) { return plan.strikes() ? failure(SQLITE_IOERR_FSYNC) : SQLITE_OK; }
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  return plan.strikes() ? failure(SQLITE_IOERR_TRUNCATE) : methods_of(file)->xTruncate(real_file(file), size);
}

int close(sqlite3_file* file) { return methods_of(file)->xClose(real_file(file)); }
int read(sqlite3_file* file, void* bytes, int count, sqlite3_int64 offset) {
  return methods_of(file)->xRead(real_file(file), bytes, count, offset);
}
int file_size(sqlite3_file* file, sqlite3_int64* size) { return methods_of(file)->xFileSize(real_file(file), size); }
int lock(sqlite3_file* file, int level) { return methods_of(file)->xLock(real_file(file), level); }
int unlock(sqlite3_file* file, int level) { return methods_of(file)->xUnlock(real_file(file), level); }
int is_reserved(sqlite3_file* file, int* out) { return methods_of(file)->xCheckReservedLock(real_file(file), out); }
int control(sqlite3_file* file, int op, void* arg) { return methods_of(file)->xFileControl(real_file(file), op, arg); }
int sector_size(sqlite3_file* file) { return methods_of(file)->xSectorSize(real_file(file)); }
int traits(sqlite3_file* file) { return methods_of(file)->xDeviceCharacteristics(real_file(file)); }
int map_shm(sqlite3_file* file, int page, int size, int extend, void volatile** out) {
  if (extend != 0 && plan.strikes()) return failure(SQLITE_IOERR_SHMSIZE);
  return methods_of(file)->xShmMap(real_file(file), page, size, extend, out);
}
int lock_shm(sqlite3_file* file, int offset, int count, int flags) {
  return methods_of(file)->xShmLock(real_file(file), offset, count, flags);
}
void barrier(sqlite3_file* file) { methods_of(file)->xShmBarrier(real_file(file)); }
int unmap_shm(sqlite3_file* file, int remove) { return methods_of(file)->xShmUnmap(real_file(file), remove); }

const sqlite3_io_methods kMethods = {2,        close,   read,        write,   truncate,    sync,   file_size,
                                     lock,     unlock,  is_reserved, control, sector_size, traits, map_shm,
                                     lock_shm, barrier, unmap_shm,   nullptr, nullptr};

// Of a file that may have to be made: a full disk has no room for it either.
int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  file->pMethods = nullptr;
  if ((flags & SQLITE_OPEN_CREATE) != 0 && plan.strikes()) return failure(SQLITE_CANTOPEN);
  const int code = real->xOpen(real, name, real_file(file), flags, out);
  if (code == SQLITE_OK) file->pMethods = &kMethods;
  return code;
}

int remove(sqlite3_vfs*, const char* name, int sync_directory) {
  return plan.strikes() ? failure(SQLITE_IOERR_DELETE) : real->xDelete(real, name, sync_directory);
}

sqlite3_vfs faulty{};

}  // namespace

FaultyVfs::FaultyVfs() {
  plan = {};
  if (real == nullptr) real = sqlite3_vfs_find(nullptr);
  faulty = *real;
  faulty.szOsFile += static_cast<int>(sizeof(File));
  faulty.zName = "faulty";
  faulty.pNext = nullptr;
  faulty.xOpen = open;
  faulty.xDelete = remove;
  if (sqlite3_vfs_register(&faulty, 1) != SQLITE_OK) std::abort();
}

FaultyVfs::~FaultyVfs() {
  sqlite3_vfs_unregister(&faulty);
  sqlite3_vfs_register(real, 1);
}

void FaultyVfs::arm(std::uint64_t operation, Fault fault) { plan = {0, operation, fault, false}; }
void FaultyVfs::disarm() { plan = {}; }
std::uint64_t FaultyVfs::operations() const { return plan.operations; }
bool FaultyVfs::has_failed() const { return plan.has_failed; }

}  // namespace test
