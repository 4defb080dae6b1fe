#include "parsers/vendors/vendor.h"

#include <array>

namespace parsers::vendors {
namespace {

constexpr std::array<const VendorModule*, 4> kModules = {&kPaloAlto, &kFortinet, &kCheckPoint, &kZscaler};

}  // namespace

std::span<const VendorModule* const> modules() { return kModules; }

}  // namespace parsers::vendors
