#include "sensor/config/credentials.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace config {
namespace {

constexpr const char* kServiceCredentials = "/run/credentials/lurewatch.service";

}  // namespace

std::string credentials_directory() {
  if (const char* given = std::getenv("CREDENTIALS_DIRECTORY")) return given;
  std::error_code unknown;  // then there is none that we may enter
  return std::filesystem::is_directory(kServiceCredentials, unknown) ? kServiceCredentials : "";
}

bool is_hidden_credential(const std::string& file) {
  const std::string directory = credentials_directory();
  return !directory.empty() && file.starts_with(directory + "/") && ::access(directory.c_str(), X_OK) != 0;
}

}  // namespace config
