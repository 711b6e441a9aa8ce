package main

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// topology is the part of TopoJSON that we read.
type topology struct {
	Arcs      [][][2]int64 `json:"arcs"`
	Transform struct {
		Scale     [2]float64 `json:"scale"`
		Translate [2]float64 `json:"translate"`
	} `json:"transform"`
	Objects map[string]struct {
		Geometries []geometry `json:"geometries"`
	} `json:"objects"`
}

type geometry struct {
	Type       string          `json:"type"`
	ID         string          `json:"id"`
	Arcs       json.RawMessage `json:"arcs"`
	Properties struct {
		A2   string `json:"a2"`
		Name string `json:"name"`
		N    string `json:"n"`
		A    int    `json:"a"`
	} `json:"properties"`
}

func (b *builder) topo(name string) (*topology, []geometry, error) {
	raw, err := os.ReadFile(filepath.Join(b.src, name))
	if err != nil {
		return nil, nil, err
	}
	var t topology
	if err := json.Unmarshal(raw, &t); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, o := range t.Objects {
		return &t, o.Geometries, nil
	}
	return nil, nil, fmt.Errorf("%s: no object", name)
}

// packer writes the binary form that geo's outline.go reads.
type packer struct{ buf bytes.Buffer }

func (p *packer) uint(n int) { p.buf.Write(binary.AppendUvarint(nil, uint64(n))) }
func (p *packer) int(n int64) {
	p.buf.Write(binary.AppendVarint(nil, n))
}
func (p *packer) str(s string) { p.uint(len(s)); p.buf.WriteString(s) }
func (p *packer) float(f float64) {
	p.buf.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(f)))
}

// shape is one outline to pack.
type shape struct {
	code, name  string
	approximate bool
	polys       [][][]int // polygons, rings, arc references
}

func (p *packer) topology(t *topology, shapes []shape) {
	for i := 0; i < 2; i++ {
		p.float(t.Transform.Scale[i])
		p.float(t.Transform.Translate[i])
	}
	p.uint(len(t.Arcs))
	for _, a := range t.Arcs {
		p.uint(len(a))
		for _, q := range a {
			p.int(q[0])
			p.int(q[1])
		}
	}
	p.uint(len(shapes))
	for _, s := range shapes {
		p.str(s.code)
		p.str(s.name)
		flags := 0
		if s.approximate {
			flags = 1
		}
		p.uint(flags)
		p.uint(len(s.polys))
		for _, poly := range s.polys {
			p.uint(len(poly))
			for _, ring := range poly {
				p.uint(len(ring))
				for _, arc := range ring {
					p.int(int64(arc))
				}
			}
		}
	}
}

func polygons(g geometry) ([][][]int, error) {
	if g.Type == "Polygon" {
		var rings [][]int
		if err := json.Unmarshal(g.Arcs, &rings); err != nil {
			return nil, err
		}
		return [][][]int{rings}, nil
	}
	var polys [][][]int
	err := json.Unmarshal(g.Arcs, &polys)
	return polys, err
}

// worldCodes are our codes for outlines that have no alpha-2.
var worldCodes = map[string]string{"X-GOLAN": "X-GOLAN", "IOA": "X-INDIAN-OCEAN", "KAS": "X-SIACHEN"}

func (b *builder) world() error {
	for _, detail := range []string{"110", "50"} {
		t, geoms, err := b.topo("ne_admin0_" + detail + "m_un.topo.json")
		if err != nil {
			return err
		}
		var shapes []shape
		for _, g := range geoms {
			s := shape{code: g.Properties.A2, name: g.Properties.Name}
			if s.code == "" {
				s.code = worldCodes[g.ID]
			}
			if s.code == "" {
				return fmt.Errorf("world %s: %q has no code", detail, g.ID)
			}
			if s.polys, err = polygons(g); err != nil {
				return err
			}
			shapes = append(shapes, s)
		}
		sort.Slice(shapes, func(i, j int) bool { return shapes[i].code < shapes[j].code })
		var p packer
		p.topology(t, shapes)
		if err := b.write("world"+detail+".bin.gz", p.buf.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// shapeIDs renames outlines that have no ISO code but a unit of ours.
var shapeIDs = map[string]string{"PS-~gazastrip": "kr:PS-gaza", "PS-~westbank": "kr:PS-west-bank"}

// level1 packs each country by itself, so that a page about one country
// unpacks only that one: a directory, then the deflated blobs.
func (b *builder) level1() error {
	files, err := filepath.Glob(filepath.Join(b.src, "admin1_current", "*.topo.json"))
	if err != nil {
		return err
	}
	sort.Strings(files)
	type blob struct {
		code string
		data []byte
	}
	var blobs []blob
	for _, f := range files {
		code := strings.TrimSuffix(filepath.Base(f), ".topo.json")
		t, geoms, err := b.topo(filepath.Join("admin1_current", filepath.Base(f)))
		if err != nil {
			return err
		}
		sets := map[string][]shape{}
		for _, g := range geoms {
			s := shape{code: g.ID, name: clean(g.Properties.N), approximate: g.Properties.A == 1}
			if id := shapeIDs[s.code]; id != "" {
				s.code = id
			}
			if s.polys, err = polygons(g); err != nil {
				return fmt.Errorf("%s %s: %w", code, g.ID, err)
			}
			owner := code
			switch s.code {
			case "CN-TW", "CN-HK", "CN-MO":
				owner = s.code[3:] // has a code, and records, of its own
			}
			sets[owner] = append(sets[owner], s)
		}
		for _, owner := range sortedKeys(sets) {
			shapes := sets[owner]
			sort.Slice(shapes, func(i, j int) bool { return shapes[i].code < shapes[j].code })
			var p packer
			p.topology(t, shapes)
			var out bytes.Buffer
			w, err := flate.NewWriter(&out, flate.BestCompression)
			if err != nil {
				return err
			}
			if _, err := w.Write(p.buf.Bytes()); err != nil {
				return err
			}
			if err := w.Close(); err != nil {
				return err
			}
			blobs = append(blobs, blob{owner, out.Bytes()})
		}
	}
	sort.Slice(blobs, func(i, j int) bool { return blobs[i].code < blobs[j].code })
	var p packer
	p.uint(len(blobs))
	for _, bl := range blobs {
		p.str(bl.code)
		p.uint(len(bl.data))
	}
	for _, bl := range blobs {
		p.buf.Write(bl.data)
	}
	fmt.Printf("%-22s %20d bytes, %d countries\n", "level1.bin", p.buf.Len(), len(blobs))
	return os.WriteFile(filepath.Join(b.out, "level1.bin"), p.buf.Bytes(), 0o644)
}

// disputed keeps the layer as JSON, with coordinates in thousandths.
func (b *builder) disputed() error {
	raw, err := os.ReadFile(filepath.Join(b.src, "disputed.geojson"))
	if err != nil {
		return err
	}
	var in struct {
		Features []struct {
			Properties struct {
				ID, Name, Parties, Note string
				Controlled              string `json:"controlled_by"`
				Under                   string `json:"count_under"`
			}
			Geometry struct {
				Type        string
				Coordinates json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return err
	}
	var p packer
	p.uint(len(in.Features))
	for _, f := range in.Features {
		q := f.Properties
		for _, s := range []string{q.ID, q.Name, q.Parties, q.Controlled, q.Note, q.Under} {
			p.str(clean(s))
		}
		var polys [][][][2]float64
		if f.Geometry.Type == "Polygon" {
			polys = make([][][][2]float64, 1)
			err = json.Unmarshal(f.Geometry.Coordinates, &polys[0])
		} else {
			err = json.Unmarshal(f.Geometry.Coordinates, &polys)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", q.ID, err)
		}
		p.uint(len(polys))
		for _, poly := range polys {
			p.uint(len(poly))
			for _, ring := range poly {
				p.uint(len(ring))
				var x, y int64
				for _, c := range ring {
					nx, ny := int64(math.Round(c[0]*1000)), int64(math.Round(c[1]*1000))
					p.int(nx - x)
					p.int(ny - y)
					x, y = nx, ny
				}
			}
		}
	}
	return b.write("disputed.bin.gz", p.buf.Bytes())
}
