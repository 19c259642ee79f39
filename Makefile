# Gyr: everything a developer or a packager calls. `make` or `make help` lists
# the targets. The steps that take more than a line are scripts in test/.

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
GO       ?= go
DESTDIR  ?=
BINDIR   ?= /usr/bin
CONFDIR  ?= /etc/falco
SHAREDIR ?= /usr/share/gyr

# Inputs each fuzz target tries in `make test`; 10m instead is a time. (A count ends
# by itself; a time now and then fails the run: "context deadline exceeded".)
FUZZTIME ?= 20000x
# Flags of `make run`, `make bench` and `make e2e...`, e.g. make bench BENCHFLAGS='-rounds 3 -only open',
# make e2e-kubernetes E2EFLAGS='-run Recipe'.
RUNFLAGS ?=
BENCHFLAGS ?=
E2EFLAGS ?=

# One static file, and the same bytes wherever the repository lies. grpcnotrace leaves
# out pages about gRPC calls that nobody serves, and html/template with them.
export CGO_ENABLED = 0
GOBUILD = $(GO) build -tags grpcnotrace -buildvcs=false -trimpath -ldflags '-s -w -X main.version=$(VERSION)'

SUDO = $(if $(filter 0,$(shell id -u)),,sudo)
STATICCHECK = bin/tools/staticcheck

CONFIGS = falco.yaml falco_rules.yaml falco_rules.local.yaml

.DEFAULT_GOAL := help
.PHONY: help run build image test test-deps e2e e2e-containers e2e-kubernetes generate check-generated fmt check-fmt vet lint race bench install clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build, then watch this machine in the foreground (as root)
	$(SUDO) bin/gyr $(RUNFLAGS)

build: ## build bin/gyr, one static file
	@mkdir -p bin
	$(GOBUILD) -o bin/gyr ./cmd/gyr

image: build ## the container image, bin/gyr-image.tar: for docker load, podman load, ctr images import (needs apt; no root, no registry)
	$(GO) run ./deploy/image -gyr bin/gyr -version '$(VERSION)' -o bin/gyr-image.tar

test: ## test everything: unit, live (as root), short fuzzing; what is skipped is listed
	@FUZZTIME=$(FUZZTIME) GO='$(GO)' test/all.sh

test-deps: ## install the Debian packages the tests and the eBPF compiler need
	@test/packages.sh

e2e: e2e-containers e2e-kubernetes ## test on real container runtimes and a real Kubernetes (as root)

e2e-containers: ## test on real Docker, containerd and Podman (as root)
	@GO='$(GO)' test/e2e/run.sh containers $(E2EFLAGS)

e2e-kubernetes: image ## test on a real Kubernetes, which is built the first time, 10 minutes (as root)
	@GO='$(GO)' test/e2e/run.sh kubernetes $(E2EFLAGS)

generate: ## rebuild the eBPF objects (amd64, arm64) and the generated sources
	$(GO) generate ./...

check-generated: ## fail when a committed generated file is not what `generate` makes
	@GO='$(GO)' test/generated.sh

fmt: ## format the Go sources
	gofmt -w .

check-fmt: ## fail when a Go source is not formatted
	@files=$$(gofmt -l .); \
	if [ -n "$$files" ]; then printf 'not formatted (make fmt does it):\n%s\n' "$$files" >&2; exit 1; fi

vet: ## go vet, for amd64 and arm64
	GOARCH=amd64 $(GO) vet ./...
	GOARCH=arm64 $(GO) vet ./...

lint: $(STATICCHECK) ## staticcheck, in the version .ci/tools/go.mod pins
	$(STATICCHECK) ./...

# Built from a module of its own, so that its dependencies are not Gyr's.
$(STATICCHECK): .ci/tools/go.mod .ci/tools/go.sum
	@mkdir -p bin/tools
	$(GO) -C .ci/tools build -buildvcs=false -o $(CURDIR)/$@ honnef.co/go/tools/cmd/staticcheck

race: ## unit tests under the race detector (needs gcc)
	CGO_ENABLED=1 $(GO) test -race -skip '^TestLive' ./...

bench: build ## measure load, loss, latency and memory (as root); BENCHFLAGS='-scale 0.1' is quick
	$(GO) build -buildvcs=false -o bin/gyr-bench ./bench
	$(SUDO) bin/gyr-bench -gyr bin/gyr $(BENCHFLAGS)

# A configuration file is replaced when it is still as installed, that is, the
# same as the copy kept in SHAREDIR; one that was edited is left alone.
install: build ## install the binary and the configuration; edited configuration is kept
	install -D -m 755 bin/gyr $(DESTDIR)$(BINDIR)/gyr
	@install -d $(DESTDIR)$(CONFDIR) $(DESTDIR)$(SHAREDIR)
	@set -e; for f in $(CONFIGS); do \
		conf=$(DESTDIR)$(CONFDIR)/$$f; kept=$(DESTDIR)$(SHAREDIR)/$$f; \
		if [ ! -e $$conf ] || cmp -s $$conf $$kept; then \
			install -m 644 config/$$f $$conf; echo "installed $$conf"; \
		elif ! cmp -s $$conf config/$$f; then \
			echo "kept $$conf: it was edited; the new default is $$kept"; \
		fi; \
		install -m 644 config/$$f $$kept; \
	done

clean: ## remove what was built
	rm -rf bin
