// Package publish says and draws facts for the public: one place decides how a
// cause is called in Arabic, how a shutdown becomes a sentence, and which
// texture a stretch of days gets, so that pages, pictures, feeds and the API
// speak alike.
//
// It changes nothing and decides nothing. Its rooms:
//
//	site     pages of the register: home, list, one incident, data, about
//	atlas    countries, years, trends, maps, and the pictures on them
//	feed     feeds, the JSON API, the sitemap
//	dataset  the whole as files: CSV, JSON Lines, GeoJSON, Parquet, codebook
package publish
