package likeness

import (
	"embed"
	"io/fs"

	"keepiton/internal/platform/embedded"
	"keepiton/internal/platform/geo"
	"keepiton/internal/platform/i18n"
)

//go:embed texts/*.json
var files embed.FS

// Texts are the words of the reasons, for i18n.Load.
func Texts() fs.FS { return embedded.Dir(files, "texts") }

// Say says a reason in a language. service names a service by its key.
func Say(x *i18n.Texts, r Reason, service func(key string) string) string {
	key := "likeness." + r.Key
	name := func(v string) string { return v }
	switch r.Key {
	case SamePlace, NearPlace, PlaceWithin:
		name = func(v string) string { return geo.UnitName(v, x.Lang.Tag) }
	case OtherCountry:
		name = func(v string) string { return geo.CountryName(v, x.Lang.Tag) }
	case SameService, OtherService:
		name = service
	case SameKind:
		name = func(v string) string { return x.T("likeness.kind." + v) }
	case OtherKind:
		return x.T(key, "one", x.T("likeness.kind."+r.Values[0]), "other", x.T("likeness.kind."+r.Values[1]))
	case NearStart, UnderWay, FarStart, OverlapDays, NoOverlap:
		return x.T(key, "days", x.Days(r.N))
	}
	if len(r.Values) == 0 {
		return x.T(key)
	}
	names := make([]string, len(r.Values))
	for i, v := range r.Values {
		names[i] = x.Isolate(name(v))
	}
	return x.T(key, "what", x.List(names))
}
