package page

import "testing"

func TestAcceptsGzip(t *testing.T) {
	for header, want := range map[string]bool{
		"": false, "gzip": true, "GZip": true, "x-gzip": true, "deflate, gzip": true, "br,gzip;q=0.5": true, "gzip;q=1": true, "gzip;q=1.000": true,
		"gzip;q=0.5": true, "gzip;q=0.001": true, "gzip ; Q = 0.1": true, "gzip;q=.5": true, "gzip;level=9;q=0.3": true,
		"gzip;q=0": false, "gzip;q=0.0": false, "gzip;q=0.000": false, "gzip; q=0": false, "gzip;Q=0": false, "deflate, gzip;q=0, br": false, "gzip;level=9;q=0": false,
		"*": true, "*;q=0.1": true, "*;q=0": false, "gzip;q=0, *": false, "*, gzip;q=0": false, "*;q=0, gzip": true, "*;q=0, gzip;q=0.2": true, "br;q=1, *;q=0.5": true,
		"identity": false, "deflate": false, "gzipped": false, "identity;q=0.5, *;q=0": false,
		"gzip;q=": false, "gzip;q=x": false, "gzip;q=nan": false, "gzip;q=-1": false, ";;,,=": false, ",": false,
	} {
		if got := AcceptsGzip(header); got != want {
			t.Errorf("%q: %v, want %v", header, got, want)
		}
	}
}
