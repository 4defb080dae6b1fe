#include "sensor/correlate/shared_hosts.h"

#include <algorithm>
#include <array>

namespace correlate {

namespace {

// Each name, and every name below it.
constexpr std::array kShared = std::to_array<std::string_view>({
    "1drv.ms",
    "adobe.com",
    "aka.ms",
    "amzn.to",
    "archive.org",
    "atlassian.net",
    "beacons.ai",
    "bing.com",
    "bit.ly",
    "bitbucket.org",
    "box.com",
    "buff.ly",
    "calendly.com",
    "canva.com",
    "clickup.com",
    "cognitoforms.com",
    "cutt.ly",
    "discord.com",
    "discordapp.com",
    "docsend.com",
    "docusign.com",
    "docusign.net",
    "dropbox.com",
    "dropboxusercontent.com",
    "dweb.link",
    "dynamics.com",
    "evernote.com",
    "facebook.com",
    "fb.me",
    "figma.com",
    "firebasestorage.googleapis.com",
    "formstack.com",
    "gamma.app",
    "gist.github.com",
    "github.com",
    "githubusercontent.com",
    "gitlab.com",
    "google.com",
    "googleusercontent.com",
    "goo.gl",
    "hubspot.com",
    "instagram.com",
    "ipfs.io",
    "is.gd",
    "issuu.com",
    "jotform.com",
    "linkedin.com",
    "linktr.ee",
    "live.com",
    "lnkd.in",
    "mailchi.mp",
    "medium.com",
    "mega.nz",
    "microsoft.com",
    "microsoftonline.com",
    "miro.com",
    "monday.com",
    "notion.site",
    "notion.so",
    "office.com",
    "office365.com",
    "onedrive.com",
    "onelink.me",
    "outlook.com",
    "padlet.com",
    "pastebin.com",
    "pinterest.com",
    "prezi.com",
    "qrco.de",
    "quora.com",
    "rb.gy",
    "rebrand.ly",
    "reddit.com",
    "salesforce.com",
    "scribd.com",
    "sharepoint.com",
    "sharepoint.de",
    "sharepoint.us",
    "shorturl.at",
    "slack.com",
    "smartsheet.com",
    "storage.googleapis.com",
    "surveymonkey.com",
    "sway.com",
    "t.co",
    "t.ly",
    "t.me",
    "telegra.ph",
    "tiny.cc",
    "tinyurl.com",
    "trello.com",
    "typeform.com",
    "wetransfer.com",
    "wikipedia.org",
    "wixsite.com",
    "x.com",
    "yahoo.com",
    "youtu.be",
    "youtube.com",
    "zoom.us",
});

}  // namespace

bool is_shared_host(std::string_view host) {
  for (std::string_view name = host;;) {
    if (std::ranges::find(kShared, name) != kShared.end()) return true;
    const std::size_t dot = name.find('.');
    if (dot == name.npos) return false;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace correlate
