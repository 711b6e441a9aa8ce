# What a developer runs. `make test` installs what it needs on a bare Debian
# machine (PostgreSQL 15, Chromium, axe-core) and runs everything.
.PHONY: test quick vet bench fuzz build

build:
	CGO_ENABLED=0 go build -trimpath -o dist/keepiton ./cmd/keepiton

test:
	./scripts/with-postgres.sh ./scripts/test.sh

quick: vet
	go test ./...

vet:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "not formatted:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	go vet ./...

bench:
	./scripts/with-postgres.sh ./scripts/bench.sh

fuzz:
	./scripts/fuzz.sh 30s
