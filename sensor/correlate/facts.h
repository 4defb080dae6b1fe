// What correlation asks of the stored facts. The engine sees nothing else of the world: no database, no clock, no file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/event.h"
#include "parsers/graph.h"
#include "parsers/time.h"
#include "sensor/correlate/windows.h"

namespace correlate {

// A web log row about a host that an alert names (blocked or not), or one that was reached from there.
struct Click {
  std::uint64_t event_id = 0;
  parsers::Event event;
  parsers::TimePoint received{};
  std::string input;  // name of the input it came in by
  std::string raw;    // the message
  // Where the vendor logs them; empty otherwise.
  std::string referer_host;  // canonical
  std::string user_agent;
  std::string egress_address;  // what the client's address was translated to; canonical
};

// The row names neither a user nor an account.
inline bool is_nameless(const parsers::Event& event) { return event.user.empty() && event.account.empty(); }

// The same, as far as it is known without reading the message.
struct ClickRef {
  std::uint64_t event_id = 0;
  std::uint64_t host_key = 0;
  parsers::TimePoint time{};
  std::string destination;  // canonical address
};

// Successful sign-ins of one user from one address, between two times.
struct Place {
  std::string address;
  parsers::TimePoint first{}, last{};
};

// What is remembered of a user's successful sign-ins. Numbers are stored: never change one.
enum class Trait { address = 0, asn = 1, country = 2, client = 3, device = 4 };

struct Seen {
  parsers::TimePoint first{};
  std::uint64_t days = 0;  // bit (day since 1970 % 64) for each day, UTC
};

struct ToldFinding {
  std::string id, address;
};

class Facts {
 public:
  virtual ~Facts() = default;
  // Everything comes in a fixed order: (time, id) or alphabetical. A fact that the engine is asked about is among the
  // answers already, and so is every committed click on a host of a stored alert, also those from before the alert.

  virtual std::vector<parsers::Alert> alerts_on_host(std::uint64_t host_key) = 0;

  // Clicks whose user is `upn`, or a bare account equal to its part before '@', or nobody at an address where this user
  // was (see users_of).
  virtual std::vector<ClickRef> clicks_of(std::string_view upn) = 0;
  virtual std::optional<Click> click(std::uint64_t event_id) = 0;
  // Rows of the user, on any host, that `address` served within the spans, not blocked.
  virtual std::vector<Click> reached(std::string_view upn, const std::vector<Span>& spans,
                                     std::string_view address) = 0;
  // Who may stand behind a click: its user; every user of a bare account; for nobody, the users whom other rows saw at
  // the same client's address within kSameClient, or who signed in from it.
  virtual std::vector<std::string> users_of(const Click& click) = 0;
  static constexpr parsers::Duration kSameClient = std::chrono::hours(2);
  virtual std::vector<std::string> clickers(std::uint64_t host_key, const Span& span) = 0;
  virtual std::vector<std::uint64_t> hosts_of_domain(std::uint64_t domain_key) = 0;  // that were seen; none for key 0

  virtual std::vector<Place> places(std::string_view upn, const std::vector<Span>& spans) = 0;
  virtual std::vector<parsers::SignIn> sign_ins(std::string_view upn, std::string_view address, const Span& span,
                                                std::size_t limit) = 0;  // successful ones
  virtual std::vector<std::string> addresses_of_session(std::string_view upn, std::string_view session) = 0;

  virtual std::optional<Seen> seen(std::string_view upn, Trait trait, std::string_view value) = 0;
  virtual std::optional<parsers::TimePoint> first_seen(std::string_view upn, Trait trait) = 0;  // of any value
  // Users who signed in from the address before that time; counts to `limit`.
  virtual std::size_t users_from(std::string_view address, parsers::TimePoint before, std::size_t limit) = 0;

  // Users who signed in from the address and had not reached the host before: whatever it is to them, the host did not
  // lead there. Counts to `limit`.
  virtual std::size_t strangers_from(std::string_view address, std::uint64_t host_key, std::size_t limit) = 0;

  // Users whose first known sign-in of all came from the address: they live there. Counts to `limit`.
  virtual std::size_t residents_of(std::string_view address, std::size_t limit) = 0;

  virtual bool served(std::uint64_t host_key, std::string_view address) = 0;
  virtual std::optional<parsers::TimePoint> served_since(std::uint64_t host_key) = 0;

  // For explanations, which ask about one host and one user: blocked clicks and failed sign-ins too.
  virtual std::vector<Click> clicks_on_host(std::uint64_t host_key, parsers::TimePoint from, parsers::TimePoint to) = 0;
  virtual std::vector<parsers::SignIn> sign_ins_of_user(std::string_view upn, parsers::TimePoint from,
                                                        parsers::TimePoint to) = 0;

  // Findings that were told of this user and still stand: they are weighed again even if they no longer matter.
  virtual std::vector<ToldFinding> told(std::string_view upn) = 0;
};

}  // namespace correlate
