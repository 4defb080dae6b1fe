#include "parsers/cef_glued.h"

namespace parsers {
namespace {

constexpr std::string_view kTemplateKeys[] = {
    "deviceExternalId",
    "sourceTranslatedAddress",
    "destinationTranslatedAddress",
    "sourceTranslatedPort",
    "destinationTranslatedPort",
    "deviceInboundInterface",
    "deviceOutboundInterface",
    "flexString1Label",
    "flexString2Label",
    "flexNumber1Label",
    "flexNumber2Label",
    "requestClientApplication",
    "requestContext",
    "requestMethod",
    "externalId",
    "cs1Label",
    "cs2Label",
    "cs3Label",
    "cs4Label",
    "cs5Label",
    "cs6Label",
    "cn1Label",
    "cn2Label",
    "cn3Label",
    "deviceProcessName",
    "fileHash",
    "filePath",
    "fileType",
    "oldFileId",
    "request",
};
constexpr std::string_view kVendorPrefix = "PanOS";

}  // namespace

std::size_t find_glued_key(std::string_view token) {
  const std::size_t own = token.rfind(kVendorPrefix);
  if (own != std::string_view::npos) return own > 0 && own + kVendorPrefix.size() < token.size() ? own : token.npos;
  for (const auto key : kTemplateKeys) {
    if (token.size() > key.size() && token.ends_with(key)) return token.size() - key.size();
  }
  return std::string_view::npos;
}

}  // namespace parsers
