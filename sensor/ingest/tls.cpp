#include "sensor/ingest/tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <stdexcept>

namespace ingest {
namespace {

namespace ssl = boost::asio::ssl;

std::runtime_error tls_error(const config::Listen& input, std::string_view key, const std::string& file,
                             std::string_view what) {
  ERR_clear_error();
  return std::runtime_error(fmt::format("input \"{}\": {} {}: {}", input.name, key, file, what));
}

void must_be_readable(const config::Listen& input, std::string_view key, const std::string& file) {
  if (::access(file.c_str(), R_OK) != 0) {
    const int why = errno;
    throw tls_error(input, key, file,
                    fmt::format("can't be read: {}{}", std::strerror(why),
                                why == EACCES ? "; the service's user must be able to read it" : ""));
  }
}

}  // namespace

std::chrono::sys_seconds certificate_expiry(ssl::context& context) {
  std::tm time{};
  const X509* certificate = SSL_CTX_get0_certificate(context.native_handle());
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &time) != 1) return {};
  return std::chrono::sys_seconds(std::chrono::seconds(timegm(&time)));
}

std::shared_ptr<ssl::context> load_tls(const config::Listen& input) {
  must_be_readable(input, "certificate", input.certificate);
  must_be_readable(input, "private_key", input.private_key);
  if (!input.client_ca.empty()) must_be_readable(input, "client_ca", input.client_ca);

  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET);
  // Syslog connections last for days: resuming them saves nothing, and needs no state this way.
  SSL_CTX_set_num_tickets(native, 0);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  // A key with a passphrase must fail, not ask at a terminal.
  SSL_CTX_set_default_passwd_cb(native, [](char*, int, int, void*) { return 0; });

  if (SSL_CTX_use_certificate_chain_file(native, input.certificate.c_str()) != 1)
    throw tls_error(input, "certificate", input.certificate, "holds no certificate in PEM form");
  if (SSL_CTX_use_PrivateKey_file(native, input.private_key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const bool is_other = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ||
                          ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH;
    throw tls_error(input, "private_key", input.private_key,
                    is_other ? fmt::format("is not the key of the certificate {}", input.certificate)
                             : "holds no private key in PEM form that needs no passphrase");
  }
  if (SSL_CTX_check_private_key(native) != 1)
    throw tls_error(input, "private_key", input.private_key,
                    fmt::format("is not the key of the certificate {}", input.certificate));
  if (!input.client_ca.empty()) {
    STACK_OF(X509_NAME)* names = SSL_load_client_CA_file(input.client_ca.c_str());
    if (!names || SSL_CTX_load_verify_file(native, input.client_ca.c_str()) != 1)
      throw tls_error(input, "client_ca", input.client_ca, "holds no certificate in PEM form");
    SSL_CTX_set_client_CA_list(native, names);
    SSL_CTX_set_verify(native, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  ERR_clear_error();
  return context;
}

TlsFiles::TlsFiles(const config::Listen& input) : input_(input), seen_(stamps()), context_(load_tls(input)) {}

TlsFiles::Renewal TlsFiles::look(std::string& error) {
  const Stamps now = stamps();
  if (now == seen_) return Renewal::unchanged;
  seen_ = now;
  try {
    context_ = load_tls(input_);
    return Renewal::renewed;
  } catch (const std::exception& failure) {
    error = failure.what();
    return Renewal::failed;
  }
}

TlsFiles::Stamps TlsFiles::stamps() const {
  Stamps all;
  std::size_t i = 0;
  for (const std::string* file : {&input_.certificate, &input_.private_key, &input_.client_ca}) {
    Stamp& stamp = all[i++];
    struct stat info{};
    if (file->empty() || ::stat(file->c_str(), &info) != 0) continue;
    stamp.device = info.st_dev;
    stamp.inode = info.st_ino;
    stamp.size = static_cast<std::uint64_t>(info.st_size);
    stamp.modified_nanoseconds = info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec;
    stamp.changed_nanoseconds = info.st_ctim.tv_sec * 1'000'000'000 + info.st_ctim.tv_nsec;
  }
  return all;
}

}  // namespace ingest
