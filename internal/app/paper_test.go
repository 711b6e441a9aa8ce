package app

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// onPaper looks at a page as it is printed on A4: 182 by 265 mm between the
// margins. It names what a reader of paper has no use for, what must not be cut
// and may be, and headings that may stand alone at the foot of a sheet.
const onPaper = `(() => {
  const wrong = [], sheet = 265 / 25.4 * 96, all = s => [...document.querySelectorAll(s)], style = e => getComputedStyle(e);
  const shown = e => e.getBoundingClientRect().height > 0;
  for (const s of ['nav:not(.crumbs)', 'form', '.skip', '.files', '.pages', 'summary + table']) if (all(s).some(shown)) wrong.push(s + ' is printed');
  for (const s of ['figure', 'main img', 'tr', 'thead', '.rows li', '.ten', '.hb', '.gl', '.cite', 'h1', 'h2'])
    for (const e of all(s).filter(shown)) {
      if (style(e).breakInside !== 'avoid') { wrong.push(s + ' may be cut'); break }
      if (e.getBoundingClientRect().height > sheet) { wrong.push(s + ' is higher than a sheet'); break }
    }
  for (const s of ['h1', 'h2', 'h3', '.key', '.axis', '.yr', 'thead'])
    if (all(s).filter(shown).some(e => style(e).breakAfter !== 'avoid')) wrong.push(s + ' may stand alone');
  if (all('section').some(e => style(e).breakInside !== 'auto')) wrong.push('a section leaves the rest of a sheet empty');
  if (document.documentElement.scrollWidth > innerWidth) wrong.push('wider than the sheet: ' + document.documentElement.scrollWidth);
  if (!/CC BY 4\.0/.test(document.querySelector('main').innerText + document.querySelector('footer').innerText)) wrong.push('no source');
  return wrong.join('; ') })()`

// TestPagesOnPaper prints the pages people take along and counts the sheets.
func TestPagesOnPaper(t *testing.T) {
	ctx := browser(t)
	addr := startSite(t)
	for path, sheets := range map[string]int{"/": 6, "/countries/IN": 8, "/countries/MM": 8, "/incidents/2020-0144": 5, "/years/2025": 4, "/ar/countries/IR": 7, "/fr/years/2022": 4} {
		var wrong string
		var pdf []byte
		err := chromedp.Run(ctx,
			chromedp.EmulateViewport(688, 1001), // with the pictures a telephone loads, which are high
			emulation.SetEmulatedMedia().WithMedia("print"),
			chromedp.Navigate("http://"+addr+path),
			chromedp.Evaluate(onPaper, &wrong),
			chromedp.EmulateViewport(1200, 900), // from a desk
			chromedp.Navigate("http://"+addr+path),
			chromedp.ActionFunc(func(ctx context.Context) (err error) {
				pdf, _, err = page.PrintToPDF().WithPaperWidth(8.27).WithPaperHeight(11.69).WithPreferCSSPageSize(false).Do(ctx)
				return err
			}))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if wrong != "" {
			t.Errorf("%s: %s", path, wrong)
		}
		if n := bytes.Count(pdf, []byte("/Type /Page\n")); n == 0 || n > sheets {
			t.Errorf("%s: %d sheets, not more than %d expected", path, n, sheets)
		}
	}
}

// TestPicturesOnPaper: a printed picture stands on the white of the sheet, not
// on a ground of its own.
func TestPicturesOnPaper(t *testing.T) {
	ctx := browser(t)
	addr := startSite(t)
	for _, path := range []string{"/", "/ar/years/2025", "/map", "/countries/IN"} {
		for _, width := range []int64{1200, 390} { // each has a drawing of its own
			var shot []byte
			err := chromedp.Run(ctx,
				chromedp.EmulateViewport(width, 900),
				emulation.SetEmulatedMedia().WithMedia("print"),
				chromedp.Navigate("http://"+addr+path),
				chromedp.Evaluate(`document.querySelector('.pic img').loading = 'eager'`, nil),
				arrived(`document.querySelector('.pic img').complete && document.querySelector('.pic img').naturalWidth > 0`),
				chromedp.Screenshot(".pic img", &shot, chromedp.ByQuery))
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			img, err := png.Decode(bytes.NewReader(shot))
			if err != nil {
				t.Fatal(err)
			}
			b, drawn := img.Bounds(), false
			for _, at := range []image.Point{{b.Min.X + 3, b.Min.Y + 3}, {b.Max.X - 4, b.Min.Y + 3}, {b.Min.X + 3, b.Max.Y - 4}} {
				if c := color.NRGBAModel.Convert(img.At(at.X, at.Y)); c != (color.NRGBA{255, 255, 255, 255}) {
					t.Errorf("%s, %d wide: the ground of the picture is %v", path, width, c)
				}
			}
			for x := b.Min.X; x < b.Max.X && !drawn; x++ {
				for y := b.Min.Y; y < b.Max.Y && !drawn; y++ {
					r, _, _, _ := img.At(x, y).RGBA()
					drawn = r < 0x8000
				}
			}
			if !drawn {
				t.Errorf("%s, %d wide: there is no drawing on it", path, width)
			}
		}
	}
}
