// Secrets that systemd hands to the service (systemd.exec(5), LoadCredential=).
#pragma once

#include <string>

namespace config {

// The folder they lie in: that of this process, or else that of the running service, for root's commands; "" for none.
std::string credentials_directory();

// A file in that folder, and the folder shut: what systemd starts beside the service, as for a reload, is not shown the
// service's secrets (Debian 12's systemd 252).
bool is_hidden_credential(const std::string& file);

}  // namespace config
