# NetSuperd. `make run` builds and serves the default map, `make test` builds and runs every test; both install what they lack.

SHELL := /bin/bash
.DELETE_ON_ERROR:

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=

# The runtime opens diagnostic sockets in the temporary folder: not in a daemon.
export DOTNET_EnableDiagnostics = 0
export DOTNET_CLI_TELEMETRY_OPTOUT = 1
export DOTNET_NOLOGO = 1
# Where the SDK is not in a place that programs know, they find its runtime by this.
export DOTNET_ROOT ?= $(patsubst %/,%,$(dir $(realpath $(shell command -v dotnet))))

ARCH := $(shell uname -m)
RID := linux-$(if $(filter aarch64,$(ARCH)),arm64,x64)
STAGE := obj/stage
PUBLISH := dotnet publish --configuration Release --runtime $(RID) --self-contained false -p:PublishReadyToRun=true --verbosity quiet --nologo

# No C library and no relocations: it is one execve(2) in the life of every child, and should cost no more.
EXEC_FLAGS := -std=c11 -Os -Wall -Wextra -Werror -ffreestanding -nostdlib -static -fno-pie -no-pie -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -Wl,-z,noexecstack,-z,noseparate-code,--build-id=none,-s

.PHONY: all build run test bench bench-inside soak install uninstall clean build-needs test-needs bench-needs

all: build

# Pairs of a command or file and the package that has it; a package is installed only where that is missing.
BUILD_NEEDS := dotnet:dotnet-sdk-10.0 cc:gcc /usr/include/linux/prctl.h:linux-libc-dev
TEST_NEEDS := gcc:gcc /usr/include/stdio.h:libc6-dev ip:iproute2 unshare:util-linux tcpdump:tcpdump ncat:ncat socat:socat strace:strace perl:perl curl:curl git:git \
	rsync:rsync /usr/sbin/in.tftpd:tftpd-hpa tftp:tftp-hpa /usr/sbin/vsftpd:vsftpd /bin/busybox:busybox /usr/sbin/in.fingerd:fingerd \
	finger:finger /usr/sbin/sshd:openssh-server ssh:openssh-client systemd-socket-activate:systemd nsenter:util-linux setpriv:util-linux setfacl:acl
BENCH_NEEDS := gcc:gcc /usr/include/stdio.h:libc6-dev ip:iproute2 unshare:util-linux

define install_needs
	@missing=; for need in $(1); do command -v "$${need%%:*}" >/dev/null || [ -e "$${need%%:*}" ] || missing="$$missing $${need#*:}"; done; \
	[ -z "$$missing" ] && exit 0; \
	case "$$missing" in *dotnet-sdk*) echo "install the .NET SDK 10 first: https://dotnet.microsoft.com/download" >&2; exit 1 ;; esac; \
	if [ "$$(id -u)" = 0 ]; then \
		echo "installing$$missing"; \
		tests/apt-install $$missing; \
	else echo "missing programs; run: sudo apt-get install$$missing" >&2; exit 1; fi
endef

build-needs:
	$(call install_needs,$(BUILD_NEEDS))

test-needs: build-needs
	$(call install_needs,$(TEST_NEEDS))

bench-needs: build-needs
	$(call install_needs,$(BENCH_NEEDS))

# Everything is built into a stage and renamed into out/, file by file and only where it differs: a running daemon has the old files mapped.
build: build-needs
	@rm -rf $(STAGE)
	@$(PUBLISH) src/NetSuperd --output $(STAGE)
	@$(PUBLISH) src/plugins/Custom --output $(STAGE)/plugins/custom
	@dotnet pack src/NetSuperd.Abstractions --configuration Release --output $(STAGE)/sdk --verbosity quiet --nologo
	@find $(STAGE) -name '*.xml' -delete
	@$(CC) $(EXEC_FLAGS) -o $(STAGE)/netsuperd-exec src/NetSuperd.Exec/netsuperd-exec.c
	@$(call place,$(STAGE),out)
	@rm -rf $(STAGE)

# Copies the tree $(1) to $(2): each file written beside its place and renamed there.
place = cd $(1) && find . -type f -printf '%P\n' | while read -r file; do \
	to="$(abspath $(2))/$$file"; \
	if ! cmp -s "$$file" "$$to"; then mkdir -p "$$(dirname "$$to")" && cp -p "$$file" "$$to.new" && mv -f "$$to.new" "$$to"; fi; done

run: build
	@if [ "$$(id -u)" = 0 ]; then exec out/netsuperd run --config etc/netsuperd.toml; \
	else echo "not root: serving echo on port 10007 and custom on 2005 instead of etc/netsuperd.toml"; \
	exec out/netsuperd run --port 10007=echo --port 2005=custom; fi

# The tree goes below PREFIX/lib/netsuperd with a link in PREFIX/sbin; a map that is there already is left alone.
LIBDIR = $(PREFIX)/lib/netsuperd
SBINDIR = $(PREFIX)/sbin
MANDIR = $(PREFIX)/share/man
UNITDIR = $(PREFIX)/lib/systemd/system
CONFDIR = $(SYSCONFDIR)/netsuperd

install: build
	@$(call place,out,$(DESTDIR)$(LIBDIR))
	install -d $(DESTDIR)$(SBINDIR) $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man8 $(DESTDIR)$(UNITDIR) $(DESTDIR)$(CONFDIR)/netsuperd.d
	ln -sfn $(LIBDIR)/netsuperd $(DESTDIR)$(SBINDIR)/netsuperd
	install -m 644 etc/man/netsuperd.8 $(DESTDIR)$(MANDIR)/man8/
	install -m 644 etc/man/netsuperd.toml.5 $(DESTDIR)$(MANDIR)/man5/
	sed 's,@bindir@,$(SBINDIR),' etc/netsuperd.service > $(DESTDIR)$(UNITDIR)/netsuperd.service
	[ -e $(DESTDIR)$(CONFDIR)/netsuperd.toml ] || install -m 644 etc/netsuperd.toml $(DESTDIR)$(CONFDIR)/
	install -m 644 etc/netsuperd.d/*.disabled $(DESTDIR)$(CONFDIR)/netsuperd.d/

# The map and its drop-ins stay.
uninstall:
	rm -rf $(DESTDIR)$(LIBDIR)
	rm -f $(DESTDIR)$(SBINDIR)/netsuperd $(DESTDIR)$(UNITDIR)/netsuperd.service
	rm -f $(DESTDIR)$(MANDIR)/man8/netsuperd.8 $(DESTDIR)$(MANDIR)/man5/netsuperd.toml.5

clean:
	rm -rf out obj
	find src tests -name bin -o -name obj | xargs rm -rf

# As root nothing may be skipped. The last line counts: N passed, N failed, N skipped.
test: build test-needs
	@tests/run

# Takes two minutes of a quiet machine; peers are fetched from Debian into a cache. BENCH="--rounds 3 --seconds 1 --jobs spawn echo" measures less.
BENCH ?=
bench: build bench-needs
	@dotnet run --project tests/NetSuperd.Benchmarks --configuration Release -- compare $(BENCH)

# A million short connections with datagrams and reloads in between, about two minutes: none may fail, and memory, descriptors and threads
# stay what they are.
SOAK ?=
soak: build bench-needs
	@dotnet run --project tests/NetSuperd.Benchmarks --configuration Release -- soak $(SOAK)

# What BenchmarkDotNet measures inside the process.
bench-inside: build-needs
	@dotnet run --project tests/NetSuperd.Benchmarks --configuration Release -- inside
