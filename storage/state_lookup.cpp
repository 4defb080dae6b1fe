#include "storage/state_lookup.h"

#include "storage/state_impl.h"

namespace storage {
namespace {

using parsers::from_micros;
using parsers::TimePoint;
using parsers::to_micros;

std::int64_t key_of(std::uint64_t key) { return static_cast<std::int64_t>(key); }
std::int64_t limit_of(std::size_t limit) { return static_cast<std::int64_t>(limit); }

std::int64_t bucket_of(TimePoint time) {
  return std::chrono::floor<std::chrono::minutes>(time).time_since_epoch() / StateLookup::kSightingBucket;
}

std::int64_t day_bit(TimePoint time) {
  const auto day = std::chrono::floor<std::chrono::days>(time).time_since_epoch().count();
  return static_cast<std::int64_t>(std::uint64_t{1} << (static_cast<std::uint64_t>(day) % 64));
}

std::vector<std::string> texts(Statement::Use& row) {
  std::vector<std::string> found;
  while (row.row()) found.emplace_back(row.text(0));
  return found;
}

std::vector<Told> read_told(Statement::Use& row) {
  std::vector<Told> found;
  while (row.row()) {
    found.push_back({std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)),
                     std::string(row.text(3)), row.integer(4) != 0});
  }
  return found;
}

}  // namespace

struct StateLookup::Impl {
  explicit Impl(Connection& connection_)
      : connection(connection_),
        widen_serving(connection, R"(
            UPDATE serving SET first = min(first, ?3), last = max(last, ?3) WHERE host_key = ?1 AND address = ?2
            RETURNING 1)"),
        insert_serving(connection, "INSERT INTO serving(host_key, address, first, last) VALUES (?1, ?2, ?3, ?3)"),
        serving(connection, "SELECT 1 FROM serving WHERE host_key = ? AND address = ?"),
        serving_since(connection, "SELECT min(first) FROM serving WHERE host_key = ?"),
        insert_name(connection, R"(
            INSERT INTO host_names(domain_key, host_key, last) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET last = max(last, ?3))"),
        names(connection, "SELECT host_key FROM host_names WHERE domain_key = ? ORDER BY last DESC, host_key LIMIT ?"),
        insert_sighting(connection, "INSERT OR IGNORE INTO sightings(source, bucket, user) VALUES (?, ?, ?)"),
        users_at(connection, R"(
            SELECT DISTINCT user FROM sightings WHERE source = ? AND bucket BETWEEN ? AND ? ORDER BY user)"),
        sources_of(connection, R"(
            SELECT DISTINCT source FROM sightings WHERE user IN (?1, ?2) AND bucket BETWEEN ?3 AND ?4 ORDER BY source)"),
        insert_trait(connection, R"(
            INSERT INTO traits(upn, kind, value, first, last, days) VALUES (?1, ?2, ?3, ?4, ?4, ?5)
            ON CONFLICT DO UPDATE SET first = min(first, ?4), last = max(last, ?4), days = days | ?5)"),
        trait(connection, "SELECT first, last, days FROM traits WHERE upn = ? AND kind = ? AND value = ?"),
        first_of_kind(connection, "SELECT min(first) FROM traits WHERE upn = ? AND kind = ?"),
        users_of_address(connection, R"(
            SELECT count(*) FROM (SELECT 1 FROM traits WHERE kind = 0 AND value = ? AND first < ? LIMIT ?))"),
        strangers(connection, R"(
            SELECT count(*) FROM (SELECT 1 FROM traits WHERE kind = 0 AND value = ?1 AND NOT EXISTS (
              SELECT 1 FROM clicks WHERE user = upn AND host_key = ?2 AND time <= first) LIMIT ?3))"),
        residents(connection, R"(
            SELECT count(*) FROM (SELECT 1 FROM traits AS this WHERE kind = 0 AND value = ?1 AND NOT EXISTS (
              SELECT 1 FROM traits AS other WHERE other.upn = this.upn AND other.kind = 0 AND other.first < this.first)
              LIMIT ?2))"),
        places(connection, R"(
            SELECT address, min(created), max(created) FROM sign_ins
            WHERE upn = ? AND created BETWEEN ? AND ? AND error_code = 0 AND address <> '' GROUP BY address
            ORDER BY address)"),
        session_addresses(connection, R"(
            SELECT DISTINCT address FROM sign_ins WHERE session = ? AND session <> '' AND upn = ? AND error_code = 0
            ORDER BY address LIMIT ?)"),
        users_from(connection, R"(
            SELECT DISTINCT upn FROM sign_ins WHERE address = ? AND created BETWEEN ? AND ? AND error_code = 0
            ORDER BY upn LIMIT ?)"),
        nameless(connection, R"(
            SELECT event, host_key, time, destination FROM clicks
            WHERE source = ? AND time BETWEEN ? AND ? AND user = '' AND account = '' ORDER BY time, event, host_key)"),
        nameless_sources(connection, "SELECT DISTINCT source FROM clicks WHERE user = '' AND account = ''"),
        any_nameless(connection, "SELECT 1 FROM clicks WHERE user = '' AND account = '' LIMIT 1"),
        nameless_sources_of(connection, R"(
            SELECT source FROM (SELECT source FROM sightings WHERE user IN (?1, ?2)
                                UNION SELECT value FROM traits WHERE upn = ?1 AND kind = 0) AS his
            WHERE EXISTS (SELECT 1 FROM clicks WHERE clicks.source = his.source AND user = '' AND account = '')
            ORDER BY source)"),
        clickers(connection, R"(
            SELECT DISTINCT user, account, CASE WHEN user = '' AND account = '' THEN source ELSE '' END FROM clicks
            WHERE host_key = ? AND time BETWEEN ? AND ? ORDER BY 1, 2, 3 LIMIT ?)"),
        click_times(connection, R"(
            SELECT DISTINCT host_key, account, CASE WHEN account = '' THEN source ELSE '' END, time / 1000000
            FROM clicks)"),
        clicks_on(connection, "SELECT count(*) FROM (SELECT 1 FROM clicks WHERE host_key = ? LIMIT ?)"),
        insert_told(connection, "INSERT OR REPLACE INTO told(id, user, host, address, live) VALUES (?, ?, ?, ?, ?)"),
        told_of_user(connection, "SELECT id, user, host, address, live FROM told WHERE user = ? ORDER BY id"),
        told_of_host(connection, R"(
            SELECT id, user, host, address, live FROM told WHERE host = ? AND live = 1 ORDER BY user, id LIMIT ?)"),
        told_of_address(connection, "SELECT DISTINCT user FROM told WHERE address = ? ORDER BY user LIMIT ?") {}

  Connection& connection;
  Statement widen_serving, insert_serving, serving, serving_since, insert_name, names;
  Statement insert_sighting, users_at, sources_of;
  Statement insert_trait, trait, first_of_kind, users_of_address, strangers, residents;
  Statement places, session_addresses, users_from;
  Statement nameless, nameless_sources, any_nameless, nameless_sources_of, clickers, click_times, clicks_on;
  Statement insert_told, told_of_user, told_of_host, told_of_address;
};

StateLookup::StateLookup(State& state) : impl_(std::make_unique<Impl>(state.impl_->connection)) {}
StateLookup::~StateLookup() = default;

StateLookup::Serving StateLookup::put_serving(std::uint64_t host_key, std::string_view address, TimePoint time) {
  const std::int64_t at = to_micros(time);
  const auto since = served_since(host_key);
  const bool is_known = impl_->widen_serving.use().bind(key_of(host_key)).bind_text(address).bind(at).row();
  if (!is_known) impl_->insert_serving.use().bind(key_of(host_key)).bind_text(address).bind(at).run();
  if (since && time < *since) return Serving::earlier;
  return is_known ? Serving::known : Serving::novel;
}

bool StateLookup::served(std::uint64_t host_key, std::string_view address) {
  return impl_->serving.use().bind(key_of(host_key)).bind_text(address).row();
}

std::optional<TimePoint> StateLookup::served_since(std::uint64_t host_key) {
  auto row = impl_->serving_since.use();
  if (!row.bind(key_of(host_key)).row() || row.is_null(0)) return std::nullopt;
  return from_micros(row.integer(0));
}

void StateLookup::put_host_name(std::uint64_t domain_key, std::uint64_t host_key, TimePoint time) {
  impl_->insert_name.use().bind(key_of(domain_key)).bind(key_of(host_key)).bind(to_micros(time)).run();
}

std::vector<std::uint64_t> StateLookup::hosts_of_domain(std::uint64_t domain_key, std::size_t limit) {
  std::vector<std::uint64_t> hosts;
  auto row = impl_->names.use();
  for (row.bind(key_of(domain_key)).bind(limit_of(limit)); row.row();)
    hosts.push_back(static_cast<std::uint64_t>(row.integer(0)));
  return hosts;
}

void StateLookup::put_sighting(std::string_view source, std::string_view user, TimePoint time) {
  impl_->insert_sighting.use().bind_text(source).bind(bucket_of(time)).bind_text(user).run();
}

std::vector<std::string> StateLookup::users_at(std::string_view source, TimePoint from, TimePoint to) {
  auto row = impl_->users_at.use();
  row.bind_text(source).bind(bucket_of(from)).bind(bucket_of(to));
  return texts(row);
}

std::vector<std::string> StateLookup::sources_of(std::string_view user, TimePoint from, TimePoint to) {
  auto row = impl_->sources_of.use();
  row.bind_text(user).bind_text(account_of(user)).bind(bucket_of(from)).bind(bucket_of(to));
  return texts(row);
}

void StateLookup::put_trait(std::string_view upn, int kind, std::string_view value, TimePoint time) {
  impl_->insert_trait.use().bind_text(upn).bind(kind).bind_text(value).bind(to_micros(time)).bind(day_bit(time)).run();
}

std::optional<TraitRow> StateLookup::trait(std::string_view upn, int kind, std::string_view value) {
  auto row = impl_->trait.use();
  if (!row.bind_text(upn).bind(kind).bind_text(value).row()) return std::nullopt;
  return TraitRow{from_micros(row.integer(0)), from_micros(row.integer(1)), static_cast<std::uint64_t>(row.integer(2))};
}

std::optional<TimePoint> StateLookup::first_of_kind(std::string_view upn, int kind) {
  auto row = impl_->first_of_kind.use();
  if (!row.bind_text(upn).bind(kind).row() || row.is_null(0)) return std::nullopt;
  return from_micros(row.integer(0));
}

std::size_t StateLookup::users_of_address(std::string_view address, TimePoint before, std::size_t limit) {
  auto row = impl_->users_of_address.use();
  row.bind_text(address).bind(to_micros(before)).bind(limit_of(limit)).row();
  return static_cast<std::size_t>(row.integer(0));
}

std::size_t StateLookup::strangers_of_address(std::string_view address, std::uint64_t host_key, std::size_t limit) {
  auto row = impl_->strangers.use();
  row.bind_text(address).bind(key_of(host_key)).bind(limit_of(limit)).row();
  return static_cast<std::size_t>(row.integer(0));
}

std::size_t StateLookup::residents_of_address(std::string_view address, std::size_t limit) {
  auto row = impl_->residents.use();
  row.bind_text(address).bind(limit_of(limit)).row();
  return static_cast<std::size_t>(row.integer(0));
}

std::vector<Place> StateLookup::places(std::string_view upn, TimePoint from, TimePoint to) {
  std::vector<Place> found;
  auto row = impl_->places.use();
  for (row.bind_text(upn).bind(to_micros(from)).bind(to_micros(to)); row.row();)
    found.push_back({std::string(row.text(0)), from_micros(row.integer(1)), from_micros(row.integer(2))});
  return found;
}

std::vector<std::string> StateLookup::addresses_of_session(std::string_view upn, std::string_view session,
                                                           std::size_t limit) {
  auto row = impl_->session_addresses.use();
  row.bind_text(session).bind_text(upn).bind(limit_of(limit));
  return texts(row);
}

std::vector<std::string> StateLookup::users_from(std::string_view address, TimePoint from, TimePoint to,
                                                 std::size_t limit) {
  auto row = impl_->users_from.use();
  row.bind_text(address).bind(to_micros(from)).bind(to_micros(to)).bind(limit_of(limit));
  return texts(row);
}

std::vector<ClickRow> StateLookup::nameless_clicks(std::string_view source, TimePoint from, TimePoint to) {
  std::vector<ClickRow> clicks;
  auto row = impl_->nameless.use();
  for (row.bind_text(source).bind(to_micros(from)).bind(to_micros(to)); row.row();) {
    ClickRow click;
    click.event = static_cast<EventId>(row.integer(0));
    click.host_key = static_cast<std::uint64_t>(row.integer(1));
    click.time = from_micros(row.integer(2));
    click.source = source;
    click.destination = row.text(3);
    clicks.push_back(std::move(click));
  }
  return clicks;
}

std::vector<std::string> StateLookup::nameless_sources() {
  auto row = impl_->nameless_sources.use();
  return texts(row);
}

std::vector<std::string> StateLookup::nameless_sources_of(std::string_view upn) {
  if (!impl_->any_nameless.use().row()) return {};
  auto row = impl_->nameless_sources_of.use();
  row.bind_text(upn).bind_text(account_of(upn));
  return texts(row);
}

std::vector<StateLookup::Clicker> StateLookup::clickers(std::uint64_t host_key, TimePoint from, TimePoint to,
                                                        std::size_t limit) {
  std::vector<Clicker> found;
  auto row = impl_->clickers.use();
  for (row.bind(key_of(host_key)).bind(to_micros(from)).bind(to_micros(to)).bind(limit_of(limit)); row.row();)
    found.push_back({std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2))});
  return found;
}

std::vector<StateLookup::ClickTime> StateLookup::click_times() {
  std::vector<ClickTime> found;
  auto row = impl_->click_times.use();
  while (row.row())
    found.push_back({static_cast<std::uint64_t>(row.integer(0)), std::string(row.text(1)), std::string(row.text(2)),
                     from_micros(row.integer(3) * 1'000'000)});
  return found;
}

std::uint64_t StateLookup::clicks_on(std::uint64_t host_key, std::uint64_t limit) {
  auto row = impl_->clicks_on.use();
  row.bind(key_of(host_key)).bind(static_cast<std::int64_t>(limit)).row();
  return static_cast<std::uint64_t>(row.integer(0));
}

void StateLookup::put_told(const Told& told) {
  impl_->insert_told.use()
      .bind_text(told.id)
      .bind_text(told.user)
      .bind_text(told.host)
      .bind_text(told.address)
      .bind(told.live ? 1 : 0)
      .run();
}

std::vector<Told> StateLookup::told_of_user(std::string_view user) {
  auto row = impl_->told_of_user.use();
  row.bind_text(user);
  return read_told(row);
}

std::vector<Told> StateLookup::told_of_host(std::string_view host, std::size_t limit) {
  auto row = impl_->told_of_host.use();
  row.bind_text(host).bind(limit_of(limit));
  return read_told(row);
}

std::vector<std::string> StateLookup::users_told_of_address(std::string_view address, std::size_t limit) {
  auto row = impl_->told_of_address.use();
  row.bind_text(address).bind(limit_of(limit));
  return texts(row);
}

void StateLookup::forget_before(TimePoint before) {
  TransactionScope scope(impl_->connection);
  for (const char* sql : {"DELETE FROM serving WHERE last < ?", "DELETE FROM host_names WHERE last < ?",
                          "DELETE FROM traits WHERE last < ?"}) {
    Statement(impl_->connection, sql).use().bind(to_micros(before)).run();
  }
  Statement(impl_->connection, "DELETE FROM sightings WHERE bucket < ?").use().bind(bucket_of(before)).run();
  scope.commit();
}

}  // namespace storage
