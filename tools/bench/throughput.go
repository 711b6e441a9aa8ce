package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"io"
)

// rounds of the comparison; the order of the servers turns with each.
const rounds = 5

// throughput compares finished pages from the cache with a bare net/http
// server that answers the same compressed bytes from memory, and with nginx.
func (b *bench) throughput() error {
	for _, tool := range []string{"wrk", "nginx"} {
		if _, err := exec.LookPath(tool); err != nil {
			b.printf("\n## Cached pages\n\nNot measured: %s is not installed.\n", tool)
			return nil
		}
	}
	target, err := b.target("SQLite", "cached")
	if err != nil {
		return err
	}
	open, err := b.serve(append(target, "--curtain=lite")...)
	if err != nil {
		return err
	}
	defer open.stop()
	strict, err := b.serve(append(target, "--curtain=every")...)
	if err != nil {
		return err
	}
	defer strict.stop()
	path := "/countries/IR"
	if _, err := open.get(path); err != nil {
		return err
	}
	header, body, err := fetch(open.base + path)
	if err != nil {
		return err
	}
	bare, err := startBare(path, header, body, false)
	if err != nil {
		return err
	}
	bareClosing, err := startBare(path, header, body, true)
	if err != nil {
		return err
	}
	nginx, stop, err := b.startNginx(body)
	if err != nil {
		return err
	}
	defer stop()
	urls := []struct{ name, url string }{
		{"keepiton, connections kept (--curtain=lite)", open.base + path}, {"bare net/http, connections kept", bare + path},
		{"keepiton, as it starts (--curtain=every)", strict.base + path}, {"bare net/http, closing as often", bareClosing + path},
		{"nginx, static file", nginx + "/page"},
	}
	rates := map[string][]float64{}
	for round := range rounds {
		for i := range urls {
			u := urls[(i+round)%len(urls)]
			rate, err := load(u.url)
			if err != nil {
				return err
			}
			rates[u.name] = append(rates[u.name], rate)
		}
	}
	b.report(path, len(body), rates)
	return nil
}

func (b *bench) report(path string, size int, rates map[string][]float64) {
	mid := func(name string) float64 {
		list := slices.Clone(rates[name])
		slices.Sort(list)
		return list[len(list)/2]
	}
	b.printf("\n## Cached pages\n\n%s, %d bytes compressed, wrk with 64 connections on the same two cores, median of %d interleaved rounds of 3 s.\n\n| server | answers a second | ratio |\n| --- | --- | --- |\n", path, size, rounds)
	for _, pair := range [][2]string{
		{"keepiton, connections kept (--curtain=lite)", "bare net/http, connections kept"},
		{"keepiton, as it starts (--curtain=every)", "bare net/http, closing as often"},
	} {
		b.printf("| %s | %.0f | %.2f of bare |\n| %s | %.0f | 1 |\n", pair[0], mid(pair[0]), mid(pair[0])/mid(pair[1]), pair[1], mid(pair[1]))
	}
	b.printf("| nginx, static file | %.0f | for scale |\n\nLimit: 0.8 of the bare server. The second pair shows what closing connections before the sixteenth kilobyte costs both of them.\n", mid("nginx, static file"))
}

func fetch(url string) (http.Header, []byte, error) {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := (&http.Transport{DisableCompression: true}).RoundTrip(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res.Header, body, err
}

// startBare serves one answer from memory with nothing round it.
func startBare(path string, header http.Header, body []byte, closing bool) (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	length := strconv.Itoa(len(body))
	kind, packed := header.Get("Content-Type"), header.Get("Content-Encoding")
	go http.Serve(ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { //nolint:gosec // a yardstick on loopback
		if r.URL.Path != path {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", kind)
		h.Set("Content-Encoding", packed)
		h.Set("Content-Length", length)
		if closing {
			h.Set("Connection", "close")
		}
		w.Write(body)
	}))
	return "http://" + ln.Addr().String(), nil
}

func (b *bench) startNginx(body []byte) (string, func(), error) {
	dir := filepath.Join(b.dir, "nginx")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	addr := ln.Addr().String()
	ln.Close()
	conf := fmt.Sprintf(`worker_processes 2; daemon off; pid %[1]s/pid; error_log %[1]s/error.log;
events { worker_connections 4096; }
http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; open_file_cache max=100 inactive=60s; default_type text/html;
client_body_temp_path %[1]s/t1; proxy_temp_path %[1]s/t2; fastcgi_temp_path %[1]s/t3; uwsgi_temp_path %[1]s/t4; scgi_temp_path %[1]s/t5;
server { listen %[2]s; root %[1]s; location /page { add_header Content-Encoding gzip; } } }`, dir, addr)
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(conf), 0o644); err != nil {
		return "", nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "page"), body, 0o644); err != nil {
		return "", nil, err
	}
	os.Chmod(b.dir, 0o755)
	cmd := exec.Command("nginx", "-p", dir+"/", "-c", filepath.Join(dir, "conf"), "-e", filepath.Join(dir, "error.log"))
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	time.Sleep(300 * time.Millisecond)
	return "http://" + addr, func() { cmd.Process.Signal(os.Interrupt); cmd.Wait() }, nil
}

var perSecond = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)

func load(url string) (float64, error) {
	out, err := exec.Command("wrk", "-t1", "-c64", "-d3s", "-H", "Accept-Encoding: gzip", url).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("wrk %s: %w\n%s", url, err, out)
	}
	if strings.Contains(string(out), "Non-2xx") {
		return 0, fmt.Errorf("wrk %s: %s", url, out)
	}
	m := perSecond.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("wrk %s: %s", url, out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}
