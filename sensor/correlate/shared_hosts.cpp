#include "sensor/correlate/shared_hosts.h"

#include <algorithm>
#include <array>
#include <string>

#include "parsers/event.h"
#include "parsers/url.h"

namespace correlate {

namespace {

// Each name, and every name below it.
constexpr std::array kShared = std::to_array<std::string_view>({
    "123formbuilder.com",
    "1drv.ms",
    "adobe.com",
    "airtable.com",
    "aka.ms",
    "amzn.to",
    "app.link",
    "archive.org",
    "arweave.net",
    "atlassian.net",
    "beacons.ai",
    "bing.com",
    "bio.link",
    "bit.ly",
    "bitbucket.org",
    "box.com",
    "buff.ly",
    "calendly.com",
    "canva.com",
    "clickup.com",
    "cloudflare-ipfs.com",
    "coda.io",
    "codepen.io",
    "cognitoforms.com",
    "cutt.ly",
    "cutt.us",
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
    "filetransfer.io",
    "firebasestorage.googleapis.com",
    "flipsnack.com",
    "forms.gle",
    "formsite.com",
    "formstack.com",
    "gamma.app",
    "gist.github.com",
    "github.com",
    "githubusercontent.com",
    "gitlab.com",
    "goo.gl",
    "goo.su",
    "google.com",
    "googleusercontent.com",
    "heyzine.com",
    "hubspot.com",
    "instagram.com",
    "ipfs.io",
    "is.gd",
    "issuu.com",
    "jotform.com",
    "jsfiddle.net",
    "linkedin.com",
    "linktr.ee",
    "live.com",
    "lnk.bio",
    "lnkd.in",
    "mailchi.mp",
    "me-qr.com",
    "mediafire.com",
    "medium.com",
    "mega.nz",
    "microsoft.com",
    "microsoftonline.com",
    "miro.com",
    "monday.com",
    "nftstorage.link",
    "notion.site",
    "notion.so",
    "office.com",
    "office365.com",
    "onedrive.com",
    "onelink.me",
    "outlook.com",
    "ow.ly",
    "padlet.com",
    "paperform.co",
    "pastebin.com",
    "pcloud.com",
    "pinata.cloud",
    "pinterest.com",
    "prezi.com",
    "publuu.com",
    "qrco.de",
    "quora.com",
    "rb.gy",
    "rebrand.ly",
    "reddit.com",
    "s.id",
    "salesforce.com",
    "scribd.com",
    "sendspace.com",
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
    "tr.ee",
    "transfer.sh",
    "trello.com",
    "tumblr.com",
    "typeform.com",
    "urlz.fr",
    "v.gd",
    "w3s.link",
    "we.tl",
    "wetransfer.com",
    "wikipedia.org",
    "wixsite.com",
    "wufoo.com",
    "x.com",
    "yahoo.com",
    "youtu.be",
    "youtube.com",
    "zohopublic.com",
    "zohopublic.eu",
    "zoom.us",
});
static_assert(std::ranges::is_sorted(kShared));

bool is_address(std::string_view host) {
  std::string canonical;
  return host.front() == '[' || parsers::canonical_address(host, canonical);
}

}  // namespace

bool is_shared_host(std::string_view host) {
  // A suffix below which a hoster gives out names, itself: there customers are told apart by the path.
  if (host.find('.') != host.npos && parsers::registrable_domain(host).empty() && !is_address(host)) return true;
  return is_listed_as_shared(host);
}

bool is_listed_as_shared(std::string_view host) {
  for (std::string_view name = host;;) {
    if (std::ranges::binary_search(kShared, name)) return true;
    const std::size_t dot = name.find('.');
    if (dot == name.npos) return false;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace correlate
