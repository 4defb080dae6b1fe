// What is known about addresses and programs beforehand: whose ranges they are, and whether they are one network.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace correlate {

// The /24 of an IPv4 address, the /48 of an IPv6 one, as text; empty for what is no public address of the internet
// (private, loopback, link-local, carrier-grade NAT), since those say nothing about a network.
std::string network_of(std::string_view address);

// Microsoft's own sign-in and Office services, from which Entra sees sign-ins that nobody made, and mail is opened
// that nobody read. Not Azure: phishing pages are hosted there.
// Source: learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges.
bool is_microsoft_service(std::string_view address);

// Mail gateways that open the links of a mail before anybody reads it. Source: their makers' pages on allow lists.
bool is_mail_gateway(std::string_view address);

// Networks in which everybody's pages and everybody's way out stand side by side.
bool is_shared_asn(std::uint32_t asn);

// User agents of programs: HTTP libraries and command lines. Nobody reads a mail or signs in with one.
bool is_scripted_agent(std::string_view user_agent);
// The same, and crawlers, sandboxes and link checkers.
bool is_scanner_agent(std::string_view user_agent);

// 0 when unknown. Empty function: no database.
using AsnLookup = std::function<std::uint32_t(std::string_view address)>;

}  // namespace correlate
