// What systemd is told about the service: sd_notify(3), Type=notify. Each call does nothing where systemd didn't start
// us.
//
// Threads: any; each call is one datagram.
#pragma once

#include <string_view>

namespace runtime {

void notify_ready();
void notify_reloading();  // with the monotonic time that Type=notify-reload waits for
void notify_stopping();
void notify_status(std::string_view sentence);  // the line "Status:" of systemctl status
void pet_watchdog();                            // only on the word of every thread that must move

}  // namespace runtime
