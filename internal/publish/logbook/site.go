package logbook

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"keepiton/internal/mechanism/ledger"
)

// Site is a deployment's ledger as it is published at an address. It is a
// [ledger.Source].
type Site struct {
	root string
	http *http.Client
}

var _ ledger.Source = (*Site)(nil)

// answerTime and maxAnswer bound one answer of a deployment.
const (
	answerTime = 60 * time.Second
	maxAnswer  = 8 << 20
)

// NewSite is the ledger of the deployment at an address such as
// https://register.example.
func NewSite(address string) (*Site, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("%q is not the address of a site, such as https://register.example", address)
	}
	return &Site{strings.TrimSuffix(address, "/") + "/ledger/", &http.Client{Timeout: answerTime}}, nil
}

func (s *Site) get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.root+path, nil)
	if err != nil {
		return nil, err
	}
	return s.do(req)
}

func (s *Site) do(req *http.Request) ([]byte, error) {
	res, err := s.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the site does not answer: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the site's answer broke off: %w", err)
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("the site's answer is longer than %d bytes", maxAnswer)
	case res.StatusCode/100 != 2:
		return nil, fmt.Errorf("the site answers %s to %s: %s", res.Status, req.URL.Path, bytes.TrimSpace(body[:min(len(body), 200)]))
	}
	return body, nil
}

// Published implements [ledger.Source].
func (s *Site) Published(ctx context.Context) ([]byte, error) { return s.get(ctx, "checkpoint") }

// Leaves implements [ledger.Source].
func (s *Site) Leaves(ctx context.Context, from int64, n int) ([][]byte, error) {
	body, err := s.get(ctx, fmt.Sprint("leaves?from=", from))
	if err != nil {
		return nil, err
	}
	list, err := ledger.ParseLeaves(from, body)
	return list[:min(len(list), n)], err
}

// Consistency implements [ledger.Source].
func (s *Site) Consistency(ctx context.Context, from, to int64) (tlog.TreeProof, error) {
	body, err := s.get(ctx, fmt.Sprintf("consistency?from=%d&to=%d", from, to))
	if err != nil {
		return nil, err
	}
	return ledger.ParseConsistency(body)
}

// Cosign hands in a checkpoint with a witness's signature.
func (s *Site) Cosign(ctx context.Context, signed []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.root+"cosign", bytes.NewReader(signed))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	_, err = s.do(req)
	return err
}
