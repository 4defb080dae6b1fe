#include "sensor/graph/feed.h"

namespace graph {
namespace {

constexpr const char* kProperties =
    "id,userPrincipalName,mail,proxyAddresses,displayName,onPremisesSamAccountName,onPremisesDomainName";

}  // namespace

UserFeed::UserFeed(std::size_t page_size, Origin endpoint, std::string_view cursor)
    : page_size_(std::min<std::size_t>(page_size, 999)), endpoint_(endpoint), links_(std::move(endpoint)) {
  if (const auto target = target_of_link(endpoint_, cursor); !cursor.empty() && target) delta_ = *target;
}

FeedRequest UserFeed::next(parsers::TimePoint) {
  if (!links_.target().empty()) return {Resource::users, links_.target()};
  if (!delta_.empty()) return {Resource::users, delta_};
  return {Resource::users,
          std::string("/v1.0/users/delta?$select=") + kProperties + "&$top=" + std::to_string(page_size_)};
}

FeedStep UserFeed::end_page(PageState state, parsers::TimePoint) {
  FeedStep step;
  step.batch.feed = FeedName::users;
  auto page = parsers::parse_user_page(arriving_->text);
  if (!page) {
    step.error = "Graph's page of users can't be read: " +
                 printable(page.error().detail.empty() ? page.error().code : page.error().detail);
    step.damaged = true;
    return step;
  }
  step.received = page->users.size();
  step.rejected = page->rejected;
  step.batch.users_begin_anew = delta_.empty() && links_.target().empty();
  step.batch.users = std::move(page->users);
  if (state != PageState::whole || page->truncated) {
    step.error = "Graph's page of users is incomplete; what stands whole in it was taken.";
    step.damaged = true;
    return step;
  }
  const std::string& link = page->next_link.empty() ? page->delta_link : page->next_link;
  if (link.empty()) return begin_anew(std::move(step));
  if (page->next_link.empty()) {
    auto target = target_of_link(endpoint_, link);
    if (!target) {
      step.error = "Reading the users failed: " + target.error().detail;
      return begin_anew(std::move(step));
    }
    delta_ = std::move(*target);
    links_.reset();
    step.batch.cursor = link;
    step.poll_complete = true;
  } else if (const auto error = links_.follow(link)) {
    step.error = "Paging the users failed: " + error->detail;
    return begin_anew(std::move(step));
  }
  return step;
}

FeedStep UserFeed::begin_anew(FeedStep step) {
  if (step.error.empty()) step.error = "Graph's last page of users names no deltaLink; they are read again.";
  delta_.clear();
  links_.reset();
  return step;
}

std::optional<FeedStep> UserFeed::refused(int status, parsers::TimePoint) {
  const bool forgotten = status == 400 || status == 404 || status == 410;
  if (!forgotten || (delta_.empty() && links_.target().empty())) return std::nullopt;
  delta_.clear();
  links_.reset();
  FeedStep step;
  step.batch.feed = FeedName::users;
  return step;
}

}  // namespace graph
