#include "sensor/runtime/host_name.h"

#include <limits.h>
#include <unistd.h>

namespace runtime {

const std::string& host_name() {
  static const std::string kName = [] {
    char name[HOST_NAME_MAX + 1] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? std::string(name) : std::string();
  }();
  return kName;
}

}  // namespace runtime
