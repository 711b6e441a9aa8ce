package feed

import (
	"encoding/json"
	"encoding/xml"
	"time"
)

// document is a feed before it is written in one of its forms.
type document struct {
	ID, Title, Subtitle, Lang string
	Self, Home                string // whole addresses: of this feed, of the page that shows the same
	Publisher, Rights         string
	Updated                   time.Time
	Items                     []item
}

// item is one entry of a feed.
type item struct {
	ID, URL, Title, Summary string
	Updated                 time.Time
	Tags                    []string
}

// form is one way to write a feed.
type form struct {
	ext, media string
	write      func(document) ([]byte, error)
}

var (
	atom     = form{".atom", "application/atom+xml; charset=utf-8", writeAtom}
	jsonFeed = form{".json", "application/feed+json; charset=utf-8", writeJSONFeed}
)

type atomFeed struct {
	XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang     string      `xml:"xml:lang,attr"`
	ID       string      `xml:"id"`
	Title    string      `xml:"title"`
	Subtitle string      `xml:"subtitle,omitempty"`
	Updated  string      `xml:"updated"`
	Author   atomPerson  `xml:"author"`
	Rights   string      `xml:"rights,omitempty"`
	Links    []atomLink  `xml:"link"`
	Entries  []atomEntry `xml:"entry"`
}

type atomPerson struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Lang string `xml:"hreflang,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID         string         `xml:"id"`
	Title      string         `xml:"title"`
	Updated    string         `xml:"updated"`
	Link       atomLink       `xml:"link"`
	Summary    string         `xml:"summary,omitempty"`
	Categories []atomCategory `xml:"category"`
}

type atomCategory struct {
	Term string `xml:"term,attr"`
}

// writeAtom writes RFC 4287.
func writeAtom(d document) ([]byte, error) {
	out := atomFeed{
		Lang: d.Lang, ID: d.ID, Title: d.Title, Subtitle: d.Subtitle, Updated: stampOf(d.Updated), Author: atomPerson{d.Publisher}, Rights: d.Rights,
		Links: []atomLink{{Rel: "self", Type: "application/atom+xml", Href: d.Self}, {Rel: "alternate", Type: "text/html", Lang: d.Lang, Href: d.Home}},
	}
	for _, i := range d.Items {
		e := atomEntry{ID: i.ID, Title: i.Title, Updated: stampOf(i.Updated), Summary: i.Summary,
			Link: atomLink{Rel: "alternate", Type: "text/html", Lang: d.Lang, Href: i.URL}}
		for _, t := range i.Tags {
			e.Categories = append(e.Categories, atomCategory{t})
		}
		out.Entries = append(out.Entries, e)
	}
	raw, err := xml.Marshal(out)
	if err != nil {
		return nil, err
	}
	return append([]byte(xml.Header), raw...), nil
}

type jsonFeedDoc struct {
	Version     string       `json:"version"`
	Title       string       `json:"title"`
	HomePageURL string       `json:"home_page_url"`
	FeedURL     string       `json:"feed_url"`
	Description string       `json:"description,omitempty"`
	Authors     []jsonAuthor `json:"authors"`
	Language    string       `json:"language"`
	Items       []jsonItem   `json:"items"`
}

type jsonAuthor struct {
	Name string `json:"name"`
}

type jsonItem struct {
	ID       string   `json:"id"`
	URL      string   `json:"url"`
	Title    string   `json:"title"`
	Text     string   `json:"content_text"`
	Modified string   `json:"date_modified"`
	Tags     []string `json:"tags,omitempty"`
}

// writeJSONFeed writes JSON Feed 1.1 (jsonfeed.org/version/1.1).
func writeJSONFeed(d document) ([]byte, error) {
	out := jsonFeedDoc{Version: "https://jsonfeed.org/version/1.1", Title: d.Title, HomePageURL: d.Home, FeedURL: d.Self,
		Description: d.Subtitle, Authors: []jsonAuthor{{d.Publisher}}, Language: d.Lang, Items: []jsonItem{}}
	for _, i := range d.Items {
		out.Items = append(out.Items, jsonItem{i.ID, i.URL, i.Title, i.Summary, stampOf(i.Updated), i.Tags})
	}
	return json.Marshal(out)
}

// stampOf writes an instant as RFC 3339 wants it.
func stampOf(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }
