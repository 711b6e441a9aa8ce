// Package geo knows where places are and what they are called: countries and
// their names, first- and second-level units, towns, informal regions,
// outlines, disputed areas, map projections, and the staged reader of
// free-text place lists (Matcher).
//
// # What it holds
//
// Everything is embedded in compact tables under data/, compiled by
// tools/geodata, and read on first use, one part at a time: a program that
// never draws a map never pays for the outlines. All values handed out are
// shared and read-only; callers must not change the slices they receive.
// SOURCES.md names every source, its licence and what it asks of us.
//
// # Codes
//
// A country is an ISO 3166-1 alpha-2 code. Two codes are private: XK for
// Kosovo (common use) and XS for Somaliland (ours alone: inside the database
// only, never in an export without the name). A unit's id is
//
//	IR-12              ISO 3166-2, first and second level
//	ET-X1              private first-level code where ISO had none yet
//	gn:IN.12.012       GeoNames second level (country, first, second)
//	pc:YE1820          a humanitarian p-code no other list has
//	mm:MM-11/bha-mo    a Myanmar township
//	pl:IN-JK/sopur     a town or village (level 3)
//	kr:IN-kashmir      an informal or customary region (level 0), ours
//
// # Naming policy
//
// Names are for readers, not for protocol. The English name is the short
// name in plain use, and UNName keeps the United Nations' long form beside
// it. Where the usual tables carry a gloss, a hedge or a former name we print
// one plain name: Palestine, Myanmar, Turkey, Czechia, Eswatini, Cape Verde,
// Côte d'Ivoire, DR Congo and Republic of the Congo, North Korea and South
// Korea, Taiwan, Kosovo, Western Sahara, Hong Kong, Macao. Naming a place
// implies no view on its status. Other languages follow CLDR's short forms
// and data/names_override.csv; an installation may lay its own names over
// ours with a Namer.
//
// CountryName and UnitName never slip into a neighbouring language: asked for
// a language the tables lack, they answer in English, and the ...In forms say
// whether that happened. This matters most for Kurdish, where the common
// library silently answers in Turkish.
//
// # Borders
//
// World outlines follow United Nations usage (Crimea in Ukraine, Western
// Sahara whole, Golan apart, Cyprus and Somalia whole); Disputed lists the
// areas to hatch. First-level outlines marked Approximate were split by the
// nearest town and must be drawn dashed; they cannot say on which side of a
// line a village lies.
//
// # Limits
//
// Names change and first-level lists move: Unit.From and Unit.To carry what
// we know. Towns are held only for countries in the shutdown record and only
// above about a thousand people. The matcher's answers below "exact" are
// suggestions for a reviewer, never facts.
package geo
