#include "sensor/graph/certificate.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <boost/json.hpp>
#include <cstring>
#include <fstream>
#include <sstream>

#include "sensor/graph/private_file.h"

namespace graph {
namespace {

constexpr std::size_t kMaxPemBytes = 64 * 1024;

template <auto free_function>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};
using X509Pointer = std::unique_ptr<X509, Freed<X509_free>>;
using KeyPointer = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using BioPointer = std::unique_ptr<BIO, Freed<BIO_free>>;
using DigestPointer = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;

BioPointer reader(const std::string& text) {
  return BioPointer(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

std::optional<parsers::TimePoint> time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return parsers::TimePoint{std::chrono::seconds(timegm(&parts))};
}

parsers::Error key_error(const std::string& path, const std::string& why) {
  return {"private_key", 0, "private_key_file '" + path + "' " + why};
}

parsers::Result<std::string> read_public_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) {
    return parsers::Error{"certificate", 0, "could not read certificate_file '" + path + "': " + std::strerror(errno)};
  }
  return text.str();
}

parsers::Result<KeyPointer> read_key(const std::string& pem, const std::string& path) {
  bool encrypted = false;
  KeyPointer key(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, no_passphrase, &encrypted));
  if (encrypted) {
    return key_error(path,
                     "is protected by a passphrase that nobody can type here: write it without one, "
                     "openssl pkey -in OLD -out NEW, and chmod 600 the new file.");
  }
  if (!key) return key_error(path, "holds no private key in PEM form (-----BEGIN PRIVATE KEY-----).");
  if (EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA) {
    return key_error(path, "is no RSA key; Entra takes signatures of RSA keys alone (PS256).");
  }
  if (EVP_PKEY_bits(key.get()) < 2048) return key_error(path, "is shorter than 2048 bits, which Entra refuses.");
  return key;
}

}  // namespace

struct Certificate::Key {
  KeyPointer pointer;
};

Certificate::Certificate() : key_(std::make_unique<Key>()) {}
Certificate::Certificate(Certificate&&) noexcept = default;
Certificate& Certificate::operator=(Certificate&&) noexcept = default;
Certificate::~Certificate() = default;

parsers::Result<Certificate> Certificate::load(const std::string& certificate_file,
                                               const std::string& private_key_file) {
  const bool one_file = private_key_file.empty() || private_key_file == certificate_file;
  auto certificate_text = one_file ? read_private_file("certificate_file", certificate_file, kMaxPemBytes)
                                   : read_public_file(certificate_file);
  if (!certificate_text) return certificate_text.error();
  const X509Pointer x509(PEM_read_bio_X509(reader(*certificate_text).get(), nullptr, nullptr, nullptr));
  if (!x509) {
    return parsers::Error{
        "certificate", 0,
        "certificate_file '" + certificate_file + "' holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)."};
  }
  const std::string& key_path = one_file ? certificate_file : private_key_file;
  auto key_text =
      one_file ? std::move(certificate_text) : read_private_file("private_key_file", key_path, kMaxPemBytes);
  if (!key_text) return key_text.error();
  auto key = read_key(*key_text, key_path);
  OPENSSL_cleanse(key_text->data(), key_text->size());
  if (!key) return key.error();
  if (X509_check_private_key(x509.get(), key->get()) != 1) {
    return parsers::Error{"key_mismatch", 0,
                          "the private key in '" + key_path + "' does not belong to the certificate in '" +
                              certificate_file + "': name the pair that was made together."};
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto begin = time_of(X509_get0_notBefore(x509.get()));
  const auto end = time_of(X509_get0_notAfter(x509.get()));
  if (X509_digest(x509.get(), EVP_sha256(), digest.data(), &size) != 1 || !begin || !end) {
    return parsers::Error{"certificate", 0, "certificate_file '" + certificate_file + "' can't be understood."};
  }
  Certificate out;
  out.key_->pointer = std::move(*key);
  out.thumbprint_ = base64url({reinterpret_cast<const char*>(digest.data()), size});
  out.not_before_ = *begin;
  out.not_after_ = *end;
  return out;
}

std::string Certificate::assertion(std::string_view client_id, std::string_view audience, parsers::TimePoint now,
                                   std::string_view id) const {
  namespace json = boost::json;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const json::object header{{"alg", "PS256"}, {"typ", "JWT"}, {"x5t#S256", thumbprint_}};
  const json::object claims{{"aud", audience},
                            {"iss", client_id},
                            {"sub", client_id},
                            {"jti", id},
                            {"iat", seconds},
                            {"nbf", seconds},
                            {"exp", seconds + kAssertionLifetime.count()}};
  const std::string text = base64url(json::serialize(header)) + "." + base64url(json::serialize(claims));

  const DigestPointer context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;  // owned by the context
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (!context || EVP_DigestSignInit(context.get(), &options, EVP_sha256(), nullptr, key_->pointer.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
      EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1) {
    return {};
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) != 1)
    return {};
  signature.resize(size);
  return text + "." + base64url(signature);
}

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // OpenSSL ends it with a NUL
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string base64url(std::string_view bytes) {
  std::string out = base64(bytes);
  while (out.ends_with('=')) out.pop_back();
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

}  // namespace graph
