package placename

import "strings"

// kinds are words that say what sort of place a name is. Compass words are
// not among them: they are part of the name.
var kinds = wordSet(`
state states province provinces region regions regional division divisions district districts
governorate governorates governate county counties prefecture prefectures
municipality municipalities municipal metropolitan metro city cities town towns township townships
village villages hamlet hamlets settlement settlements area areas locality localities neighborhood neighborhoods
neighbourhood neighbourhoods zone zones department departments canton cantons commune communes
territory territories republic republics oblast oblasts oblasti kray krai krays okrug voblast voblasts rayon
raion rayons raions raionul ostan shahrestan wilaya wilayah wilayat willaya muhafazah muhafazat mohafazat
mantiqat imarat amanat liwa muhafaza zila zilla jila upazila upazilas thana tehsil tehsils tahsil tahsils taluka talukas taluk taluks
mandal mandals block blocks subdistrict subdistricts subdivision subdivisions distrit dist distt
police jurisdiction jurisdictions station ut nct
autonomous special administrative self administered sar camp camps refugee
departamento departamentos provincia provincias region estado estados municipio municipios distrito distritos
departement departements prefektur provinsi kabupaten kota kotamadya
region gouvernorat gouvernorats cercle wereda woreda kebele kilil
changwat amphoe sheng xian respublika oblysy oblisi oblys shi sheng zizhiqu rayonu rajons opstina voivodeship parish aimag aymag gobernacion wilayat oblast viloyati
ولايه محافظه منطقه اقليم ناحيه استان مديريه قضاء مدينه область краи республика раион город обл
tract tracts sector sectors sub suburb suburbs suburban ward wards locality
`)

// vagueWords describe an open set or a part; they name no place.
var vagueWords = wordSet(`
a an the both all any some several various many multiple numerous few most much other others another certain different
selected select unspecified unknown targeted affected impacted major main large larger small nearby near neighboring neighbouring
adjoining adjacent surrounding surroundings surround environs vicinity around outskirts along border borders bordering
part parts portion portions section sections pockets places place locations location sites site spots bunch
half third entire whole complete full partial partially over least more than at about approximately nearly almost
up plus and or including include includes such as like especially particularly specifically mainly mostly primarily
only just few dozen dozens hundred hundreds two three four five six seven eight nine ten eleven twelve
thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty
every each number of in across throughout within country countrys nation national rural urban remote
conflict conflicts crisis hit held controlled occupied coastal inland island islands peninsula
university universities college colleges campus campuses schools exam centers centres checkpoint
tower towers cell road roads highway corridor street streets boundary boundaries line lines
capital capitals provincial district interior key strategic protest protests sensitive disturbed
it they were was is are that this these those to from by on with for
located situated namely viz ie eg etc aka also known likely possibly perhaps confirmed reported
among rest intersection then no not also where when after during until since due so called
shutdown internet services service mobile data network networks connectivity traffic
`)

func wordSet(list string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}

// IsKind reports whether a normalised word says what kind of place a name is.
func IsKind(word string) bool { return kinds[word] }

// IsVague reports whether a normalised word belongs to the language of open
// sets and parts, or is a number.
func IsVague(word string) bool { return vagueWords[word] || isNumber(word) }

func isNumber(w string) bool {
	if w == "" {
		return false
	}
	for i := 0; i < len(w); i++ {
		if w[i] < '0' || w[i] > '9' {
			return false
		}
	}
	return true
}

// compass words in English; they qualify a name ("northern Gaza").
var compass = wordSet(`north south east west central northern southern eastern western
northeast northwest southeast southwest northeastern northwestern southeastern southwestern upper lower greater middle`)

// IsCompass reports a word of direction or position.
func IsCompass(word string) bool { return compass[word] }

// articles that open romanised Arabic names.
var articles = wordSet(`al el ar as ash ad an at az adh ath`)

// StripKinds removes the words of kind at both ends of a normalised name, and
// a connecting "of". It never returns "": a name made of nothing but kinds
// ("Union", "Zone") stays as it is.
func StripKinds(name string) string {
	w := strings.Fields(name)
	i, j := 0, len(w)
	for j-i > 1 && (kinds[w[j-1]] || w[j-1] == "of") {
		j--
	}
	for j-i > 1 && (kinds[w[i]] || w[i] == "of" || w[i] == "the" || i > 0 && small[w[i]]) {
		i++
	}
	return strings.Join(w[i:j], " ")
}

// small words between a word of kind and the name in Romance languages.
var small = wordSet(`de del della do da di du des d l la le les el los las autonoma autonome iranienne`)

// StripArticle removes a leading Arabic article from a normalised name of two
// words or more.
func StripArticle(name string) string {
	if i := strings.IndexByte(name, ' '); i > 0 && articles[name[:i]] && len(name)-i > 3 {
		return name[i+1:]
	}
	return name
}

// Variants spreads names written "X (Y)" or "X / Y" into X, Y and the whole.
func Variants(names []string) []string {
	out := make([]string, 0, len(names)+2)
	for _, n := range names {
		out = append(out, n)
		if i := strings.IndexByte(n, '('); i > 0 {
			in, _, _ := strings.Cut(n[i+1:], ")")
			out = append(out, strings.TrimSpace(n[:i]))
			if k := Normalise(in); len(k) > 3 && !compass[k] && !kinds[k] {
				out = append(out, strings.TrimSpace(in))
			}
		} else if a, b, ok := strings.Cut(n, "/"); ok {
			out = append(out, strings.TrimSpace(a), strings.TrimSpace(b))
		}
	}
	return out
}
