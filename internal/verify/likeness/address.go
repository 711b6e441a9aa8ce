package likeness

import (
	"net/url"
	"strings"
)

// noise are parameters of an address that say who followed it, not where it
// leads.
var noise = wordSet("fbclid gclid dclid gbraid wbraid msclkid yclid mc_cid mc_eid igshid igsh si ref ref_src ref_url referrer source src " +
	"feature share shared amp output cmpid cid ocid ncid smid sr_share spm hl lang fb_ref fb_source _ga _gl xtor at_medium at_campaign guccounter")

// aliases are hosts with two names.
var aliases = map[string]string{"x.com": "twitter.com", "nitter.net": "twitter.com", "fb.com": "facebook.com", "telegram.me": "t.me"}

// everybodys are hosts where anybody publishes: to share one is no likeness.
var everybodys = wordSet("twitter.com facebook.com t.me youtube.com instagram.com drive.google.com docs.google.com archive.org archive.is " +
	"archive.ph reddit.com linkedin.com medium.com tiktok.com explorer.ooni.org radar.cloudflare.com ioda.live ioda.inetintel.cc.gatech.edu netblocks.org accessnow.org")

// Address brings an address into the form in which copies of it are the same:
// without scheme, www., m. and amp., parameters of tracking, fragment and
// final slash. ok is false when it is none of http or https.
func Address(text string) (page, host string, ok bool) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return "", "", false
	}
	host = strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	for _, prefix := range []string{"www.", "m.", "mobile.", "amp.", "mbasic."} {
		if rest, cut := strings.CutPrefix(host, prefix); cut && strings.Contains(rest, ".") {
			host = rest
		}
	}
	if to, is := aliases[host]; is {
		host = to
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	query := u.Query()
	for name := range query {
		if noise[strings.ToLower(name)] || strings.HasPrefix(strings.ToLower(name), "utm_") {
			query.Del(name)
		}
	}
	switch host {
	case "web.archive.org": // a copy of an address speaks for it
		if at := strings.LastIndex(text, "/http"); at > 0 {
			return Address(text[at+1:])
		}
	case "youtu.be":
		host, path, query = "youtube.com", "/watch", url.Values{"v": {strings.TrimPrefix(path, "/")}}
	case "youtube.com":
		query.Del("t")
	case "twitter.com": // what stands behind the number of a post is one of its pictures
		path = strings.ToLower(path)
		if before, after, is := strings.Cut(path, "/status/"); is {
			id, _, _ := strings.Cut(after, "/")
			path = before + "/status/" + id
		}
		query = nil
	case "t.me":
		path = strings.TrimPrefix(path, "/s")
	}
	page = host + path
	if q := query.Encode(); q != "" {
		page += "?" + q
	}
	return page, host, true
}
