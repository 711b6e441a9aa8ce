package main

import (
	"bufio"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // to make databases
)

// server is the program, serving as a child.
type server struct {
	cmd  *exec.Cmd
	base string
	http *http.Client
}

func (b *bench) serve(args ...string) (*server, error) {
	cmd := exec.Command(b.bin, append([]string{"serve", "--listen", "127.0.0.1:0", "--log", "error"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("serve said nothing: %w", err)
	}
	_, addr, ok := strings.Cut(strings.TrimSpace(line), "http://")
	if !ok {
		return nil, fmt.Errorf("serve said %q", line)
	}
	return &server{cmd, "http://" + addr, &http.Client{Transport: &http.Transport{DisableCompression: true}}}, nil
}

func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	_ = s.cmd.Wait()
}

func (s *server) get(path string) (int, error) {
	req, err := http.NewRequest(http.MethodGet, s.base+path, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := s.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", path, res.Status)
	}
	return int(n), err
}

// pageKind is one kind of page with the addresses it is asked for under.
type pageKind struct {
	name  string
	paths []string
}

// pages are the kinds of pages of the benchmark, with a mix of filters.
func pages() []pageKind {
	countries := []string{"IN", "MM", "IR", "PK", "RU", "IQ", "SY", "ET", "SD", "BD", "UA", "VE", "KE", "TR", "JO", "DZ", "YE", "ID", "UG", "CD"}
	words := []string{"protests", "exams", "mobile", "curfew", "students bridge", "Iran", "Kashmir", "twitter", "election results", "hospital bank school", "village", "Myanmar cut", "2022", "grindr", "police rumours", "Haryana", "festival", "opposition leader arrest", "satellite", "Baghdad", "protest", "كشمير"}
	causes := []string{"protests", "conflict", "elections", "exam_cheating", "communal_violence", "information_control", "political_instability", "other", "unknown", "religious_holiday"}
	list, search, country, year := pageKind{name: "list"}, pageKind{name: "search"}, pageKind{name: "country"}, pageKind{name: "year"}
	for i, c := range countries {
		y := strconv.Itoa(2016 + i%10)
		cause := causes[i%len(causes)]
		list.paths = append(list.paths, "/incidents?country="+c, "/incidents?year="+y+"&cause="+cause, "/incidents?country="+c+"&year="+y,
			"/incidents?sort=longest&cause="+cause, "/incidents?network=mobile&extent=full_network&year="+y)
		if i < 4 {
			list.paths = append(list.paths, "/incidents?sort="+[]string{"longest", "changed", "oldest", "newest"}[i],
				"/incidents?region="+[]string{"mena", "apac", "africa", "europe"}[i]+"&cause="+cause,
				"/incidents?service=twitter&country="+c, "/incidents?sort=longest&country="+c+"&year="+y+"&cause="+cause)
		}
		country.paths = append(country.paths, "/countries/"+c)
	}
	for i := range 10 {
		year.paths = append(year.paths, "/years/"+strconv.Itoa(2016+i))
	}
	for _, w := range words {
		search.paths = append(search.paths, "/incidents?q="+url.QueryEscape(w))
	}
	return []pageKind{list, search, country, year}
}

// times are those of one kind of page.
type times struct{ first95, p50, p95 time.Duration }

// measure asks for every address once, with what it needs still on the disk,
// and then again until a hundred answers are in.
func (s *server) measure(p pageKind) (times, error) {
	first, err := s.round(p)
	if err != nil {
		return times{}, err
	}
	var list []time.Duration
	for len(list) < 100 {
		more, err := s.round(p)
		if err != nil {
			return times{}, err
		}
		list = append(list, more...)
	}
	return times{percentile(first, 95), percentile(list, 50), percentile(list, 95)}, nil
}

func (s *server) round(p pageKind) ([]time.Duration, error) {
	var list []time.Duration
	for _, path := range p.paths {
		start := time.Now()
		if _, err := s.get(path); err != nil {
			return nil, err
		}
		list = append(list, time.Since(start))
	}
	return list, nil
}

func percentile(list []time.Duration, p int) time.Duration {
	list = slices.Clone(list)
	slices.Sort(list)
	return list[min(len(list)-1, len(list)*p/100)]
}

// residentMB is the highest resident size of the child, from the kernel.
func (s *server) residentMB() int {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(raw), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kb / 1024
		}
	}
	return 0
}

// postgresTarget names a database, made anew when fresh.
func (b *bench) postgresTarget(name string, fresh bool) ([]string, error) {
	u, err := url.Parse(b.postgres)
	if err != nil {
		return nil, err
	}
	admin, err := sql.Open("pgx", b.postgres)
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	if fresh {
		if _, err := admin.Exec("drop database if exists " + name + " with (force)"); err != nil {
			return nil, err
		}
	}
	var n int
	if err := admin.QueryRow("select count(*) from pg_database where datname = $1", name).Scan(&n); err != nil {
		return nil, err
	}
	if n == 0 {
		if _, err := admin.Exec("create database " + name); err != nil {
			return nil, err
		}
	}
	u.Path = "/" + name
	return []string{"--database", u.String()}, nil
}

// filled reports whether a kept register is complete.
func (b *bench) filled(name string) bool {
	u, err := url.Parse(b.postgres)
	if err != nil {
		return false
	}
	u.Path = "/" + name
	db, err := sql.Open("pgx", u.String())
	if err != nil {
		return false
	}
	defer db.Close()
	var n int
	return db.QueryRowContext(background, "select count(*) from tally").Scan(&n) == nil && n > 0
}
