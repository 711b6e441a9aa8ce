package geo

import (
	"fmt"
	"runtime"
	"testing"
	"time"
)

func TestScratch(t *testing.T) {
	var a, b runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&a)
	t0 := time.Now()
	g := gaz()
	d := time.Since(t0)
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&b)
	fmt.Println(d, len(g.recs), len(g.keys.hashes), "heap MB", float64(b.HeapAlloc-a.HeapAlloc)/1e6)
	for _, id := range []string{"IR-12", "gn:IN.12.012", "pl:IN-JK/sopur", "mm:MM-11/bha-mo", "pc:ET0101"} {
		u, ok := UnitByID(id)
		fmt.Println(id, ok, u, UnitName(id, "ar"), UnitName(id, "my"))
	}
	n := 0
	for i := range g.recs {
		id := g.id(int32(i))
		if j := g.find(id); j != int32(i) {
			n++
			if n < 20 {
				fmt.Println("id clash", id, i, j, g.recs[i].name)
			}
		}
	}
	fmt.Println("clashes", n)
	fmt.Println(MatchCountry("Laos"))
	fmt.Println(CountryNameIn("PS", "fr"))
	fmt.Println(CountryNameIn("TR", "ku"))
	fmt.Println(CountryNameIn("TR", "xx"))
	runtime.KeepAlive(g)
}
