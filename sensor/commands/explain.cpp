#include "sensor/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <memory>

#include "sensor/commands/command.h"
#include "sensor/identity_source.h"
#include "sensor/runtime/clock.h"

namespace commands {
namespace {

struct Options {
  std::string line;
  std::string input;
};

class Explainer {
 public:
  Explainer(const config::Config& config, const std::string& input, bool json)
      : identity_(sensor::load_identity(config)), input_(input), json_(json) {
    context_ = {runtime::now(), cctz::utc_time_zone(), &identity_};
    for (const config::Listen& listen : config.listen) {
      if (listen.name != input) continue;
      context_.zone = listen.zone;
      max_message_bytes_ = listen.max_message_bytes;
    }
  }

  // Each message of a stream, framed as TCP would be.
  void explain_stream(std::string_view text) {
    parsers::Framer framer(max_message_bytes_);
    while (!text.empty()) {
      parsers::FrameResult frame = framer.next(text);
      if (frame.kind == parsers::FrameResult::Kind::need_more) {
        text.remove_prefix(frame.consumed);
        frame = framer.finish(text);
        if (frame.kind == parsers::FrameResult::Kind::need_more) return;
      }
      if (frame.kind == parsers::FrameResult::Kind::bad)
        explain(frame.rejected, frame.framing, frame.error);
      else
        explain(frame.message, frame.framing);
      text.remove_prefix(frame.consumed);
    }
  }

  void explain(std::string_view message, parsers::Framing framing, const char* framing_error = nullptr) {
    boost::json::object explained = sensor::explain_json(input_, framing, message, context_);
    if (framing_error) explained["error"] = framing_error;
    if (json_)
      fmt::print("{}\n", boost::json::serialize(explained));
    else
      fmt::print("{}{}", count_ ? "\n" : "", sensor::explain_text(explained));
    ++count_;
    if (!explained["error"].is_null()) ++errors_;
  }

  int status() const { return count_ == 0 || errors_ ? Exit::no : Exit::done; }

 private:
  parsers::IdentityMap identity_;
  std::string input_;
  bool json_;
  parsers::NormaliseContext context_;
  std::uint64_t max_message_bytes_ = 1u << 20;
  std::size_t count_ = 0, errors_ = 0;
};

}  // namespace

void add_explain(CLI::App& program, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      add_command(program, invocation, "explain",
                  "one raw line through every step: header, CEF fields, event, what it could match", Prints::facts);
  command
      ->add_option("LINE", options->line,
                   "the message; - reads messages from standard input, a line each or octet-counted")
      ->required();
  command->add_option("--input", options->input,
                      "read it as this input of the configuration would (time zone, limits)");
  command->footer("Exit status 1: a message would go to quarantine.");
  command->callback([&invocation, options] {
    config::Config config;
    if (!load_config(invocation, Missing::is_default, config)) return;
    const auto named = [&](const config::Listen& listen) { return listen.name == options->input; };
    if (!options->input.empty() && std::none_of(config.listen.begin(), config.listen.end(), named)) {
      fmt::print(stderr, "--input {}: the configuration has no input of that name\n", options->input);
      invocation.status = Exit::usage;
      return;
    }
    Explainer explainer(config, options->input.empty() ? "stdin" : options->input, invocation.json);
    if (options->line == "-") {
      explainer.explain_stream(std::string(std::istreambuf_iterator<char>(std::cin), {}));
    } else {
      explainer.explain(options->line, parsers::Framing::line);
    }
    invocation.status = explainer.status();
  });
}

}  // namespace commands
