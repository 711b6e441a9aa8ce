package chart

import (
	"math"
	"strconv"
	"strings"
)

// segment is one command of a path in absolute coordinates: 'M', 'L', 'C'
// (two control points and an end), 'Q' (one and an end) or 'Z'.
type segment struct {
	cmd byte
	p   [6]float64
}

// parsePath reads SVG path data: M L H V C S Q T Z in both cases. ok is false
// for anything else (arcs too) and for numbers that are not finite.
func parsePath(d string) (out []segment, ok bool) {
	p := pathReader{s: d}
	var x, y, sx, sy float64 // pen, start of the subpath
	var cx, cy float64       // last control point
	var cmd, last byte
	for {
		c, more := p.command()
		if !more {
			return out, !p.bad && len(out) > 0
		}
		if c != 0 {
			cmd = c
		} else if cmd == 0 || cmd == 'Z' || cmd == 'z' {
			return nil, false
		}
		rel := cmd >= 'a'
		ox, oy := 0.0, 0.0
		if rel {
			ox, oy = x, y
		}
		up := cmd &^ 0x20
		var s segment
		switch up {
		case 'Z':
			s = segment{cmd: 'Z'}
			x, y = sx, sy
		case 'M', 'L':
			x, y = p.number()+ox, p.number()+oy
			s = segment{up, [6]float64{x, y}}
			if up == 'M' {
				sx, sy = x, y
				cmd = 'L' | cmd&0x20 // further pairs are lines
			}
		case 'H':
			x = p.number() + ox
			s = segment{'L', [6]float64{x, y}}
		case 'V':
			y = p.number() + oy
			s = segment{'L', [6]float64{x, y}}
		case 'C', 'S':
			x1, y1 := x, y
			if up == 'C' {
				x1, y1 = p.number()+ox, p.number()+oy
			} else if last == 'C' {
				x1, y1 = 2*x-cx, 2*y-cy
			}
			cx, cy = p.number()+ox, p.number()+oy
			x, y = p.number()+ox, p.number()+oy
			s = segment{'C', [6]float64{x1, y1, cx, cy, x, y}}
		case 'Q', 'T':
			if up == 'Q' {
				cx, cy = p.number()+ox, p.number()+oy
			} else if last == 'Q' {
				cx, cy = 2*x-cx, 2*y-cy
			} else {
				cx, cy = x, y
			}
			x, y = p.number()+ox, p.number()+oy
			s = segment{'Q', [6]float64{cx, cy, x, y}}
		default:
			return nil, false
		}
		if p.bad || len(out) == 0 && s.cmd != 'M' {
			return nil, false
		}
		last = s.cmd
		out = append(out, s)
	}
}

// pathReader cuts path data into commands and numbers.
type pathReader struct {
	s   string
	i   int
	bad bool
}

func (p *pathReader) skip() {
	for p.i < len(p.s) && strings.IndexByte(" ,\n\t\r", p.s[p.i]) >= 0 {
		p.i++
	}
}

// command gives the next letter, 0 where a number stands (the command repeats).
func (p *pathReader) command() (byte, bool) {
	p.skip()
	if p.i >= len(p.s) {
		return 0, false
	}
	if c := p.s[p.i]; c >= 'A' && c <= 'z' {
		p.i++
		return c, true
	}
	return 0, true
}

func (p *pathReader) number() float64 {
	p.skip()
	from := p.i
	dot, digit := false, false
	for ; p.i < len(p.s); p.i++ {
		c := p.s[p.i]
		switch {
		case c >= '0' && c <= '9':
			digit = true
		case c == '.' && !dot:
			dot = true
		case (c == '-' || c == '+') && (p.i == from || p.s[p.i-1]|0x20 == 'e'):
		case c|0x20 == 'e' && digit:
			dot = true
		default:
			goto done
		}
	}
done:
	v, err := strconv.ParseFloat(p.s[from:p.i], 64)
	if err != nil || math.IsInf(v, 0) || math.Abs(v) > 1e7 {
		p.bad = true
		return 0
	}
	return v
}

// transform scales and moves path data and writes it short: relative, one
// decimal. Points that fall on the last one are left out.
func transform(d string, k, dx, dy float64) (string, bool) {
	segs, ok := parsePath(d)
	if !ok {
		return "", false
	}
	var b strings.Builder
	// The pen in tenths of a pixel, as written, so that rounding does not add up.
	var px, py, sx, sy int
	tenth := func(v float64) int { return int(math.Round(v * 10)) }
	put := func(v, from int) {
		s := strconv.FormatFloat(float64(v-from)/10, 'f', -1, 64)
		if strings.HasPrefix(s, "0.") {
			s = s[1:]
		} else if strings.HasPrefix(s, "-0.") {
			s = "-" + s[2:]
		}
		if last := b.String(); s[0] != '-' && last[len(last)-1] >= '.' && last[len(last)-1] <= '9' {
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
	last := byte(0)
	for _, s := range segs {
		n := map[byte]int{'M': 2, 'L': 2, 'C': 6, 'Q': 4}[s.cmd]
		var q [6]int
		for i := 0; i < n; i += 2 {
			x, y := s.p[i]*k+dx, s.p[i+1]*k+dy
			if math.Abs(x) > 1e6 || math.Abs(y) > 1e6 {
				return "", false
			}
			q[i], q[i+1] = tenth(x), tenth(y)
		}
		switch s.cmd {
		case 'Z':
			b.WriteByte('z')
			px, py, last = sx, sy, 'Z'
			continue
		case 'M':
			b.WriteByte('M')
			px, py = 0, 0
			sx, sy = q[0], q[1]
		case 'L':
			if q[0] == px && q[1] == py {
				continue
			}
			if last != 'L' {
				b.WriteByte('l')
			}
		default:
			b.WriteByte(s.cmd | 0x20)
		}
		for i := 0; i < n; i += 2 {
			put(q[i], px)
			put(q[i+1], py)
		}
		px, py, last = q[n-2], q[n-1], s.cmd
	}
	return b.String(), true
}
