package stop

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"keepiton/internal/incident"
	"keepiton/internal/platform/sheet"
)

// platformFields are the columns that ask about one service each.
var platformFields = []struct {
	service string
	field   Field
}{
	{"facebook", "facebook_affected"}, {"twitter", "twitter_affected"}, {"whatsapp", "whatsapp_affected"},
	{"instagram", "instagram_affected"}, {"telegram", "telegram_affected"},
	{"sms", "sms_affected"}, {"phone_calls", "phonecall_affected"},
}

func (c *cells) services(f *incident.Facts) {
	if c.p.layout.schema.Name == "A" {
		c.servicesA(f)
		return
	}
	for _, x := range platformFields {
		if _, has := c.p.layout.at[x.field]; has {
			f.Services = append(f.Services, incident.Effect{Service: x.service, State: c.state(x.field)})
		}
	}
	if both, has := c.p.layout.at["sms_and_phonecall_affected"]; has && both >= 0 {
		c.telecom2019(f)
	}
	f.Services = append(f.Services, c.others(f.Services, c.get("other_affected"))...)
}

// telecom2019 reads the column that joins SMS and calls.
func (c *cells) telecom2019(f *incident.Facts) {
	text := strings.ToLower(c.get("sms_and_phonecall_affected"))
	for _, x := range []struct{ service, word string }{{"sms", "sms"}, {"phone_calls", "phone"}} {
		state := incident.No
		switch {
		case text == "":
			state = incident.NotAsked
		case strings.Contains(text, x.word):
			state = incident.Yes
		case strings.Contains(text, "unknown"):
			state = incident.Unknown
		}
		f.Services = append(f.Services, incident.Effect{Service: x.service, State: state})
	}
}

// others reads the list of further services. A name the taxonomy does not
// know becomes a service of its own, unless it is a phrase or a quotation: then
// it stays text under "other services".
func (c *cells) others(have []incident.Effect, text string) []incident.Effect {
	var out []incident.Effect
	seen := map[string]bool{}
	for _, e := range have {
		if e.State == incident.Yes {
			seen[e.Service] = true
		}
	}
	for _, name := range c.serviceNames(text) {
		if maybe[strings.ToLower(name)] {
			if n := len(out); n > 0 { // "Signal, possibly"
				out[n-1].State = incident.Unknown
				out[n-1].Verbatim += ", " + name
			}
			continue
		}
		key, known := c.p.tax.Match(incident.SchemeService, name)
		switch {
		case known:
		case len(strings.Fields(name)) > 3 || isQuotation(name):
			key = otherService
		default:
			key = c.p.tax.NewService(name)
		}
		if seen[key] && key != otherService {
			continue
		}
		seen[key] = true
		out = append(out, incident.Effect{Service: key, State: incident.Yes, Verbatim: name})
	}
	return out
}

// maybe are words that doubt the service named before them.
var maybe = map[string]bool{"possibly": true, "probably": true, "perhaps": true, "maybe": true, "reportedly": true, "allegedly": true}

// nothing are words for no service at all.
var nothing = map[string]bool{"": true, "none": true, "no": true, "n/a": true, "na": true, "nil": true, "unknown": true, "and": true}

var (
	quotation = regexp.MustCompile(`"[^"]*"|“[^”]*”|«[^»]*»`)
	fullStop  = regexp.MustCompile(`\. +`)
	joiner    = regexp.MustCompile(`(?i) +(?:and|&) +| */ *`)
	strayAnd  = regexp.MustCompile(`(?i)^(?:and|&) +| +(?:and|&)$`)
)

// serviceNames takes a list of services apart. What stands in quotation marks
// is one phrase, whatever commas it holds. Names joined by "and", a slash or a
// full stop are several when one of them is known; otherwise the joint belongs
// to the phrase.
func (c *cells) serviceNames(text string) []string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) && r != '\n' {
			return ' '
		}
		return r
	}, text)
	var out []string
	add := func(name string) {
		bare := strings.Trim(name, " .\"“”«»")
		switch {
		case nothing[strings.ToLower(bare)]:
		case isQuotation(name) && !c.isService(bare):
			out = append(out, name)
		default:
			out = append(out, bare)
		}
	}
	end := 0
	for _, at := range append(quotation.FindAllStringIndex(text, -1), []int{len(text), len(text)}) {
		for _, token := range splitOutside(text[end:at[0]], ",;\n") {
			for _, part := range c.apart(strayAnd.ReplaceAllString(token, ""), fullStop) {
				for _, name := range c.apart(part, joiner) {
					add(name)
				}
			}
		}
		add(text[at[0]:at[1]])
		end = at[1]
	}
	return out
}

// apart takes names apart at a joint when one of them is known, and the whole
// is not.
func (c *cells) apart(token string, joint *regexp.Regexp) []string {
	names := joint.Split(token, -1)
	known := func(name string) bool {
		return c.isService(name) || slices.ContainsFunc(joiner.Split(name, -1), c.isService)
	}
	if nothing[strings.ToLower(token)] || c.isService(token) || !slices.ContainsFunc(names, known) {
		return []string{token}
	}
	return names
}

func (c *cells) isService(name string) bool {
	key, ok := c.p.tax.MatchBuiltIn(incident.SchemeService, strings.Trim(name, " ."))
	return ok && key != ""
}

func isQuotation(name string) bool {
	first, _ := utf8.DecodeRuneInString(name)
	return strings.ContainsRune(`"“«`, first)
}

var wordsOf = regexp.MustCompile(`[\p{L}\p{N}+]+`)

// servicesA finds services in the free text of the first schema.
func (c *cells) servicesA(f *incident.Facts) {
	hit := strings.ToLower(c.get("services_affected"))
	for _, x := range []struct{ service, word string }{{"sms", "sms"}, {"phone_calls", "telephony"}} {
		if strings.Contains(hit, x.word) {
			f.Services = append(f.Services, incident.Effect{Service: x.service, State: incident.Yes, Verbatim: x.word})
		}
	}
	if f.Measure.Extent == "full_network" {
		return // the details repeat the kind of network
	}
	seen := map[string]bool{}
	words := wordsOf.FindAllString(c.get("service_details"), -1)
	for i := range words {
		for n := 3; n >= 1; n-- {
			if i+n > len(words) {
				continue
			}
			name := strings.Join(words[i:i+n], " ")
			key, ok := c.p.tax.MatchBuiltIn(incident.SchemeService, name)
			if ok && !seen[key] {
				seen[key] = true
				f.Services = append(f.Services, incident.Effect{Service: key, State: incident.Yes, Verbatim: name})
				break
			}
		}
	}
}

var link = regexp.MustCompile(`https?://[^\s;,"<>]+(?:[,;][^\s;,"<>]+)*`)

// splitLinks finds the addresses in a cell and what else stands there. They
// are joined by semicolon, comma, line break or blank; a comma or semicolon
// may also be part of an address, so it only ends one when a blank or another
// address follows.
func splitLinks(text string) (urls []string, rest string) {
	marked := strings.NewReplacer(",http", " http", ";http", " http").Replace(text)
	var between strings.Builder
	end := 0
	for _, at := range link.FindAllStringIndex(marked, -1) {
		urls = append(urls, strings.TrimRight(marked[at[0]:at[1]], ".,;"))
		between.WriteString(marked[end:at[0]])
		between.WriteByte(' ')
		end = at[1]
	}
	between.WriteString(marked[end:])
	return urls, strings.Join(strings.FieldsFunc(between.String(), func(r rune) bool { return strings.ContainsRune(";,\n \r", r) }), " ")
}

func (c *cells) sources(f *incident.Facts) {
	// A spelling nobody knows may be meant as confidential, or be the name itself:
	// it is withheld until the taxonomy has it, also from the warning.
	class, known := c.p.tax.Match(incident.SchemeSource, c.get("info_source"))
	if !known {
		class = confidentialClass
		c.warn(warnTerm, "info_source says something unknown; the sources are withheld")
	}
	urls, rest := splitLinks(c.get("info_source_link"))
	for _, u := range urls {
		f.Sources = append(f.Sources, incident.Source{Class: class, URL: u})
	}
	if len(urls) == 0 && class != "confidential" {
		c.addressed("info_source_link")
	}
	switch {
	case rest != "" && len(urls) > 0 && len(rest) < 4: // "and", a stray mark
	case rest != "":
		f.Sources = append(f.Sources, incident.Source{Class: class, Text: c.get("info_source_link")})
		if len(urls) > 0 {
			f.Sources[len(f.Sources)-1].Text = rest
		}
	case len(urls) == 0 && class != "":
		f.Sources = append(f.Sources, incident.Source{Class: class})
	}
	own, _ := splitLinks(c.get("an_link"))
	if len(own) == 0 {
		c.addressed("an_link")
	}
	for _, u := range own {
		f.Links = append(f.Links, incident.Link{Kind: "statement", URL: u})
	}
}

// scheme begins an address of any kind.
var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*:`)

// addressed doubts a cell that should hold addresses and holds words alone, or
// an address that no page may link to, such as javascript:… The words are not
// repeated: they may name somebody.
func (c *cells) addressed(f Field) {
	if text := c.get(f); strings.Contains(text, " ") || scheme.MatchString(text) {
		c.warn(warnLinkWords, "column %d (%s), %s: words, where an address such as https://… belongs", c.p.layout.at[f]+1, sheet.ColumnName(c.p.layout.at[f]), f)
	}
}

// check looks for what does not fit together. Nothing is repaired.
func (c *cells) check(f *incident.Facts, year int) {
	named := false
	for _, e := range f.Services {
		telecom := e.Service == "sms" || e.Service == "phone_calls"
		named = named || (e.State == incident.Yes && !telecom)
	}
	switch {
	case named && f.Measure.Extent == "full_network":
		c.warn(warnServiceFull, "services are named, but the extent is the full network")
	case !named && strings.Contains(f.Measure.Extent, "service"):
		c.warn(warnServiceNone, "services were blocked, but none is named")
	}
	p := f.Period
	start, _ := p.Start.Day()
	end, dated := p.End.Day()
	switch {
	case dated && end < start:
		c.warn(warnEndBefore, "ends %s, before it starts %s", p.End, p.Start)
	case p.EndState == "ended" && !dated:
		c.warn(warnEndedNoDate, "ended, but no end date is given")
	case p.EndState == "ongoing" && dated:
		c.warn(warnOngoingDated, "ongoing, but an end date is given")
	}
	c.checkDuration(f, year, dated)
}

func (c *cells) checkDuration(f *incident.Facts, year int, dated bool) {
	stated := strings.ReplaceAll(f.Period.Stated, ",", "")
	if stated == "" {
		return
	}
	if !dated {
		c.warn(warnDurationNoEnd, "a duration of %q, but no end date", clip(stated))
		return
	}
	days, ok := incident.Duration(f.Period, year)
	n, numeric := parseDays(stated)
	switch {
	case !numeric:
		c.warn(warnDurationWords, "the duration says %q", clip(stated))
	case ok && float64(days) != n && n == float64(int(n)):
		c.warn(warnDurationOff, "the duration says %s, the dates give %d", stated, days)
	}
}

// otherService stands for every service the taxonomy cannot name.
const otherService = "other_service"
