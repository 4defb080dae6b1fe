#include "sensor/findings/wording.h"

#include <algorithm>
#include <string_view>

#include "sensor/correlate/confidence.h"

namespace findings {

namespace {

// The first sign-in after the first click tells the story; else there is only an earlier one.
const parsers::SignIn& telling_sign_in(const correlate::Finding& finding) {
  const auto after = std::ranges::find_if(finding.sign_ins, [&](const parsers::SignIn& sign_in) {
    return sign_in.created >= finding.clicks.front().event.time;
  });
  return after == finding.sign_ins.end() ? finding.sign_ins.front() : *after;
}

std::string counted(std::size_t count, std::string_view what) {
  return count == 1 ? std::string() : " (the first of " + std::to_string(count) + ' ' + std::string(what) + ')';
}

std::string logged(const parsers::Event& event) {
  const std::string said = event.action.empty() ? "no action" : '"' + event.action + '"';
  return std::string(parsers::to_string(event.vendor)) + " logged " + said + " (" + parsers::to_string(event.outcome) +
         ").";
}

std::string click_sentence(const correlate::Finding& finding) {
  const parsers::Event& event = finding.clicks.front().event;
  return finding.user + " reached " + finding.url +
         (event.destination_address.empty() ? "" : " at " + event.destination_address) + " on " +
         parsers::format_rfc3339(event.time) + counted(finding.clicks.size(), "requests") + "; " + logged(event);
}

std::string sign_in_sentence(const correlate::Finding& finding) {
  const parsers::SignIn& sign_in = telling_sign_in(finding);
  const bool is_same = finding.address_match == correlate::AddressMatch::same;
  std::string text = (is_same ? "The same address" : finding.ip) + " signed in as that user on " +
                     parsers::format_rfc3339(sign_in.created);
  if (!sign_in.app_display_name.empty()) text += " to " + sign_in.app_display_name;
  if (finding.sign_ins.size() > 1) text += ", with " + std::to_string(finding.sign_ins.size()) + " sign-ins in all";
  return text + '.';
}

}  // namespace

const char* severity_of(double confidence) { return correlate::grade_of(confidence).severity; }

std::string title_of(const correlate::Finding& finding) {
  if (!finding.live) return "Taken back: " + finding.user + " and the phishing page on " + finding.host;
  return finding.user + " reached the phishing page on " + finding.host + " and was signed in " +
         (finding.address_match == correlate::AddressMatch::same ? "from its address " : "from ") + finding.ip;
}

std::string description_of(const correlate::Finding& finding) {
  std::string text;
  if (!finding.alerts.empty())
    text += "Alert: " + finding.alerts.front().title + counted(finding.alerts.size(), "alerts") + ". ";
  if (!finding.clicks.empty()) text += click_sentence(finding) + ' ';
  if (!finding.clicks.empty() && !finding.sign_ins.empty()) text += sign_in_sentence(finding) + ' ';
  return text + "This session " + correlate::grade_of(finding.confidence).likelihood +
         " the phisher's: revoke the sessions of " + finding.user +
         ", reset the password, look for new authentication methods, inbox rules and consents, and block " +
         finding.host + " and " + finding.ip + '.';
}

}  // namespace findings
