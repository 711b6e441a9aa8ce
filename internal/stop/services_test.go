package stop

import (
	"fmt"
	"slices"
	"testing"

	"keepiton/internal/incident"
)

// TestListOfServices reads lists of further services as people write them. A
// key followed by text stands for a phrase under "other services".
func TestListOfServices(t *testing.T) {
	tax, err := incident.SeedTaxonomy()
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][]string{
		"YouTube, Viber, Snapchat and Facebook Messenger": {"youtube", "viber", "snapchat", "facebook_messenger"},
		"Zoom and Microsoft Teams":                        {"zoom", "teams"},
		"Zoom & Signal":                                   {"zoom", "signal"},
		"Viber and corporate VPN service providers":       {"viber", "vpn"},
		"Youtube and other Google services ":              {"youtube", "google"},
		"VPN services. some google services including Google translate, bulk SMS blocking, and content filtering over SMS": {"vpn", "google_translate", "sms"},
		"Social media and messaging services":                                     {"social_media", "messaging_apps"},
		"Unspecified messaging and social media services":                         {"messaging_apps", "social_media"},
		"Cloud services including Dropbox, Microsoft OneDrive, and Google Drive.": {"dropbox", "onedrive", "google_drive"},
		"LinkedIn. \"Images, video and voice (data) over the network.\"":          {"linkedin", "other_service \"Images, video and voice (data) over the network.\""},
		"“Telegram”, \"Signal\"":                                                  {"telegram", "signal"},
		"Snapchat, and \"other services of all providers\"":                       {"snapchat", "other_service \"other services of all providers\""},
		"TikTok, WeChat, and 57 other apps made elsewhere":                        {"tiktok", "wechat", "other_service 57 other apps made elsewhere"},
		"Speed cut to 2G in the north and nothing at all in the south":            {"other_service Speed cut to 2G in the north and nothing at all in the south"},
		"Ok.ru (Odnoklassniki), VK (VKontakte)":                                   {"odnoklassniki", "vk"},
		"Signal, possibly":                                                        {"signal unknown"},
		"Viber, Signal (possibly)":                                                {"viber", "signal_possibly"},
		"WhatsApp and\u00a0Telegram, And Signal":                                  {"whatsapp", "telegram", "signal"},
		"WhatsApp\tand\nTelegram":                                                 {"whatsapp", "telegram"},
		"WhatsApp / Telegram/Signal":                                              {"whatsapp", "telegram", "signal"},
		"Google Inc. offices, St. Petersburg app":                                 {"google_inc_offices", "st_petersburg_app"},
		"N/A, no, None.":                                                          nil,
		"Rhythm and Blues":                                                        {"rhythm_and_blues"}, // nobody knows either part
		"an unclosed \"quotation, Signal":                                         {"an_unclosed_quotation", "signal"},
		"none, Unknown, ,and, \"\"":                                               nil,
	} {
		c := &cells{p: &rowParser{tax: tax}}
		var got []string
		for _, e := range c.others(nil, text) {
			name := e.Service
			if e.State != incident.Yes {
				name += " " + string(e.State)
			}
			if name == otherService {
				name = fmt.Sprint(name, " ", e.Verbatim)
			}
			got = append(got, name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q\n got %q\nwant %q", text, got, want)
		}
	}
}
