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

# amd64 or arm64; what is built for another machine than this one is not put into out/.
NATIVE := $(if $(filter aarch64,$(shell uname -m)),arm64,amd64)
ARCH := $(NATIVE)
RID := linux-$(if $(filter arm64,$(ARCH)),arm64,x64)
OUT := $(if $(filter $(NATIVE),$(ARCH)),out,obj/$(ARCH))
CROSS := $(if $(filter $(NATIVE),$(ARCH)),,$(if $(filter arm64,$(ARCH)),aarch64,x86_64)-linux-gnu)
STAGE := obj/stage
PUBLISH := dotnet publish --configuration Release --runtime $(RID) --self-contained false -p:PublishReadyToRun=true \
	--verbosity quiet --nologo

# No C library and no relocations: every child begins as a copy of this program, and few pages are copied fast.
EXEC_FLAGS := -std=c11 -Os -Wall -Wextra -Werror -ffreestanding -nostdlib -static -fno-pie -no-pie -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -Wl,-z,noexecstack,-z,noseparate-code,--build-id=none,-s

.PHONY: all build build-native run test bench bench-inside soak schema templates audit format install install-names uninstall clean
.PHONY: build-needs test-needs bench-needs schema-needs windows test-windows test-wine windows-needs

all: build

# Pairs of a command or file and the package that has it; a package is installed only where that is missing.
BUILD_NEEDS := dotnet:dotnet-sdk-10.0 $(if $(CROSS),$(CROSS)-gcc:gcc-$(subst _,-,$(CROSS)) \
	/usr/$(CROSS)/include/linux/prctl.h:linux-libc-dev-$(ARCH)-cross,cc:gcc /usr/include/linux/prctl.h:linux-libc-dev)
TEST_NEEDS := gcc:gcc /usr/include/stdio.h:libc6-dev ip:iproute2 unshare:util-linux tcpdump:tcpdump ncat:ncat socat:socat \
	strace:strace perl:perl curl:curl openssl:openssl git:git rsync:rsync /usr/sbin/in.tftpd:tftpd-hpa tftp:tftp-hpa /usr/sbin/vsftpd:vsftpd \
	/usr/sbin/update-inetd:update-inetd \
	/bin/busybox:busybox /usr/sbin/in.fingerd:fingerd finger:finger /usr/sbin/sshd:openssh-server ssh:openssh-client \
	/usr/sbin/dnsmasq:dnsmasq-base /usr/sbin/nginx:nginx-light \
	/usr/lib/nginx/modules/ngx_stream_module.so:libnginx-mod-stream /usr/sbin/haproxy:haproxy /usr/sbin/nft:nftables \
	promtool:prometheus systemd-socket-activate:systemd nsenter:util-linux setpriv:util-linux setfacl:acl zsh:zsh fish:fish \
	node:nodejs npm:npm chromium:chromium
SCHEMA_NEEDS := npx:npm
WINDOWS_NEEDS := /usr/lib/wine/wine64:wine64
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
	@$(MAKE) -s --no-print-directory tests/web/node_modules

# Playwright, which drives the browser, from npm.
tests/web/node_modules: tests/web/package-lock.json
	@npm ci --prefix tests/web --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null && touch $@

bench-needs: build-needs
	$(call install_needs,$(BENCH_NEEDS))

schema-needs:
	$(call install_needs,$(SCHEMA_NEEDS))

# Everything is built into a stage and renamed into out/, file by file and only where it differs: a running daemon has the old files mapped.
build: build-needs $(if $(CROSS),build-native)
	@rm -rf $(STAGE)
	@echo "building the program for $(ARCH)"
	@$(PUBLISH) src/NetSuperd --output $(STAGE)
	@echo "building the page"
	@$(PUBLISH) src/NetSuperd.Web --output $(STAGE)/web
	@cd $(STAGE)/web && rm -f netsuperd netsuperd.deps.json netsuperd.runtimeconfig.json
	@echo "building the plugin custom"
	@$(PUBLISH) src/plugins/Custom --output $(STAGE)/plugins/custom
	@echo "building the packages for plugins of your own"
	@dotnet pack src/sdk.slnf --configuration Release --output $(STAGE)/sdk --verbosity quiet --nologo
	@find $(STAGE) -name '*.xml' -delete
	@echo "building netsuperd-exec"
	@$(if $(CROSS),$(CROSS)-gcc,$(CC)) $(EXEC_FLAGS) -o $(STAGE)/netsuperd-exec src/NetSuperd.Exec/netsuperd-exec.c
	@echo "placing what has changed in $(OUT)"
	@$(call place,$(STAGE),$(OUT))
	@rm -rf $(STAGE)

# Copies the files of the tree $(1) to the folder $(2), but not the program for Windows in it: each is written beside its place and renamed
# there, only where it differs, and the first failure ends it. Modes depend on whether a file is a program, and not on the umask of this
# shell.
define place
	umask 022; set -eo pipefail; from=$(1); to=$(2); \
	find $$from -path $$from/win-x64 -prune -o -type d -printf '%P\n' | while IFS= read -r folder; do \
		mkdir -p "$$to/$$folder"; chmod 755 "$$to/$$folder"; done; \
	find $$from -path $$from/win-x64 -prune -o -type f -printf '%P\n' | while IFS= read -r file; do \
		mode=644; [ ! -x "$$from/$$file" ] || mode=755; \
		if [ -f "$$to/$$file" ] && cmp -s "$$from/$$file" "$$to/$$file"; then chmod $$mode "$$to/$$file"; \
		else install -m $$mode "$$from/$$file" "$$to/$$file.new" && mv -fT "$$to/$$file.new" "$$to/$$file" \
			|| { rm -f "$$to/$$file.new"; exit 1; }; fi; \
	done
endef

# The program for Windows, with its own .NET, the plugin custom and the packages for plugins, into out/win-x64.
PUBLISH_WINDOWS := dotnet publish --configuration Release --self-contained true -p:PublishReadyToRun=true --verbosity quiet --nologo
windows: build-needs
	@rm -rf obj/win-x64
	@echo "building the program for Windows"
	@$(PUBLISH_WINDOWS) src/NetSuperd.Windows --output obj/win-x64
	@dotnet publish --configuration Release --verbosity quiet --nologo src/plugins/Custom --output obj/win-x64/plugins/custom
	@dotnet pack src/sdk.slnf --configuration Release --output obj/win-x64/sdk --verbosity quiet --nologo
	@find obj/win-x64 -name '*.xml' -delete
	@$(call place,obj/win-x64,out/win-x64)
	@rm -rf obj/win-x64

windows-needs: build-needs
	$(call install_needs,$(WINDOWS_NEEDS))

# Under Wine, which Debian has for amd64: the tests of what only Windows has, and those of the functional tests that are [OnWindows]. Root
# gives them a /tmp that no other user can change.
test-windows:
	@case "$(NATIVE) $$(id -u)" in \
		"amd64 0") exec $(MAKE) --no-print-directory test-wine ;; \
		amd64*) echo "the tests under Wine are left out: they need root" ;; \
		*) echo "the tests under Wine are left out: they need an amd64 machine" ;; \
	esac

test-wine: test-needs windows-needs windows
	@dotnet build tests/NetSuperd.FunctionalTests --configuration Release --verbosity quiet --nologo
	@for project in NetSuperd.Windows.Tests NetSuperd.PipeBridge; do \
		dotnet publish tests/$$project --configuration Release --self-contained true --verbosity quiet --nologo --output obj/windows-tests \
			|| exit 1; \
	done
	@tests/windows

# The schema of the map is what the program prints, and that for another machine does not run here.
build-native:
	@$(MAKE) --no-print-directory build ARCH=$(NATIVE)

run: build
	@if [ "$$(id -u)" = 0 ]; then exec out/netsuperd run --config etc/netsuperd.toml; \
	else echo "not root: serving echo on port 10007 and custom on 2005 instead of etc/netsuperd.toml"; \
	exec out/netsuperd run --port 10007=echo --port 2005=custom; fi

# The tree goes below PREFIX/lib/netsuperd with a link in PREFIX/sbin; a map that is there already is left alone.
LIBDIR = $(PREFIX)/lib/netsuperd
SBINDIR = $(PREFIX)/sbin
MANDIR = $(PREFIX)/share/man
SHAREDIR = $(PREFIX)/share
UNITDIR = $(PREFIX)/lib/systemd/system
CONFDIR = $(SYSCONFDIR)/netsuperd

# What this installation and those before it have placed below LIBDIR, a line for each file: what uninstall takes away.
MANIFEST = $(LIBDIR)/manifest

# The unit names the program in a line that white space divides.
ifneq ($(words x$(PREFIX) x$(SYSCONFDIR)),2)
$(error PREFIX and SYSCONFDIR are one word each, and DESTDIR may be any folder: got PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)')
endif

# In the environment of the recipes, where no character of them means anything.
export DESTDIR PREFIX SYSCONFDIR

# They stand in commands and in the unit, and a relative one would be glued to DESTDIR.
install-names:
	@for name in PREFIX SYSCONFDIR; do case "$${!name}" in \
		[!/]*|*[!A-Za-z0-9/._+@:~-]*|'') \
			echo "$$name is an absolute path of letters, digits and /._+@:~-, and DESTDIR may be any folder: got $$name='$${!name}'" >&2; exit 1 ;; \
	esac; done

# The first line of a map names the schema where it is installed.
NAME_SCHEMA = sed '1s,^\(\#:schema\) /usr/local/share/,\1 $(SHAREDIR)/,'

# Writes what the command $(1) prints to the file $(2): beside its place, and renamed there.
write = { $(1) >$(2).new && mv -fT $(2).new $(2) || { rm -f $(2).new; exit 1; }; }

# Says which processes have the installed files: make starts and stops none of them.
define say_running
	@lib=$$(realpath -m "$$DESTDIR$(LIBDIR)"); ls -l /proc/[0-9]*/exe 2>/dev/null | while IFS= read -r line; do \
		case $$line in *" -> $$lib/netsuperd" | *" -> $$lib/netsuperd (deleted)") \
			line=$${line#*/proc/}; echo "process $${line%%/*} is a daemon of the files in $$lib $(1)" ;; \
		esac; \
	done
endef

install: install-names build
	@umask 022; set -eo pipefail; manifest="$$DESTDIR$(MANIFEST)"; mkdir -p "$$DESTDIR$(LIBDIR)"; touch "$$manifest"; \
	find $(OUT) -path $(OUT)/win-x64 -prune -o -type f -printf '%P\n' | LC_ALL=C sort -u - "$$manifest" >"$$manifest.new"; \
	mv -fT "$$manifest.new" "$$manifest"; chmod 644 "$$manifest"
	@$(call place,$(OUT),"$$DESTDIR$(LIBDIR)")
	umask 022; mkdir -p "$$DESTDIR$(SBINDIR)" "$$DESTDIR$(MANDIR)"/man{5,8} "$$DESTDIR$(UNITDIR)" "$$DESTDIR$(CONFDIR)/netsuperd.d"
	ln -sfn $(LIBDIR)/netsuperd "$$DESTDIR$(SBINDIR)/netsuperd"
	install -m 644 etc/man/netsuperd.8 "$$DESTDIR$(MANDIR)/man8/"
	install -m 644 etc/man/netsuperd.toml.5 "$$DESTDIR$(MANDIR)/man5/"
	umask 022; set -e; for name in netsuperd netsuperd-web; do unit="$$DESTDIR$(UNITDIR)/$$name.service"; \
		sed 's,@bindir@,$(SBINDIR),' etc/$$name.service >"$$unit.new" && mv -fT "$$unit.new" "$$unit"; done
	umask 022; set -e; share="$$DESTDIR$(SHAREDIR)"; \
	install -D -m 644 etc/completion/netsuperd.bash "$$share/bash-completion/completions/netsuperd"; \
	install -D -m 644 etc/completion/netsuperd.zsh "$$share/zsh/site-functions/_netsuperd"; \
	install -D -m 644 etc/completion/netsuperd.fish "$$share/fish/vendor_completions.d/netsuperd.fish"; \
	mkdir -p "$$share/netsuperd"; install -m 644 etc/metrics/* "$$share/netsuperd/"; \
	$(call write,out/netsuperd schema,"$$share/netsuperd/netsuperd.schema.json")
	umask 022; set -e; map="$$DESTDIR$(CONFDIR)/netsuperd.toml"; [ -e "$$map" ] || $(call write,$(NAME_SCHEMA) etc/netsuperd.toml,"$$map")
	umask 022; set -e; for sample in etc/netsuperd.d/*.disabled; do \
		$(call write,$(NAME_SCHEMA) "$$sample","$$DESTDIR$(CONFDIR)/netsuperd.d/$${sample##*/}"); done
	$(call say_running,as they were before; netsuperd restart starts the new ones without closing a socket)

# Takes away what install has placed. The map and its drop-ins stay, and so does whatever else is below LIBDIR, such as plugins. For an
# installation of a version that wrote no manifest the files of out/ are taken.
uninstall: install-names
	@set -e; lib="$$DESTDIR$(LIBDIR)"; [ -d "$$lib" ] || exit 0; pushd "$$lib" >/dev/null; \
	[ -e manifest ] || find "$(CURDIR)/$(OUT)" -path "$(CURDIR)/$(OUT)/win-x64" -prune -o -type f -printf '%P\n' >manifest; \
	while IFS= read -r file; do rm -f "$$file"; done <manifest; \
	sed -n 's,/[^/]*$$,,p' manifest | LC_ALL=C sort -ru | while IFS= read -r folder; do \
		[ ! -d "$$folder" ] || rmdir -p --ignore-fail-on-non-empty "$$folder"; done; \
	rm -f manifest; popd >/dev/null; rmdir --ignore-fail-on-non-empty "$$lib"; \
	if [ -d "$$lib" ]; then echo "these files stay, since make install has not placed them:"; find "$$lib" ! -type d; fi
	if [ "$$(readlink "$$DESTDIR$(SBINDIR)/netsuperd")" = $(LIBDIR)/netsuperd ]; then rm "$$DESTDIR$(SBINDIR)/netsuperd"; fi
	rm -f "$$DESTDIR$(UNITDIR)"/{netsuperd,netsuperd-web}.service
	rm -f "$$DESTDIR$(MANDIR)/man8/netsuperd.8" "$$DESTDIR$(MANDIR)/man5/netsuperd.toml.5"
	cd "$$DESTDIR$(SHAREDIR)" 2>/dev/null || exit 0; rm -f bash-completion/completions/netsuperd zsh/site-functions/_netsuperd \
		fish/vendor_completions.d/netsuperd.fish netsuperd/{netsuperd.schema.json,netsuperd.rules.yml,netsuperd.dashboard.json}; \
	[ ! -d netsuperd ] || rmdir --ignore-fail-on-non-empty netsuperd
	$(call say_running,which are gone; it keeps running until it gets TERM)

clean:
	rm -rf out obj
	find src tests -name bin -o -name obj | xargs rm -rf

# As root nothing may be skipped. The last line counts: N passed, N failed, N skipped.
test: build test-needs
	@tests/run

# Takes about seven minutes of a quiet machine; peers are fetched from Debian into a cache. BENCH="--rounds 3 --seconds 1 --jobs spawn echo"
# measures less.
BENCH ?=
bench: build bench-needs
	@dotnet run --project tests/NetSuperd.Benchmarks --configuration Release -- compare $(BENCH)

# A million short connections with datagrams and reloads in between, about two minutes: none may fail, and memory, descriptors and threads
# stay what they are.
SOAK ?=
soak: build bench-needs
	@dotnet run --project tests/NetSuperd.Benchmarks --configuration Release -- soak $(SOAK)

# Creates a plugin from each template in an empty folder, tests, publishes and runs it: about two minutes.
templates: build
	@tests/templates $(OUT)

# Holds every sample, and every map of the tests that the daemon accepts, against the schema with taplo, the linter that editors have
# inside. It is a package of npm; the version is the one that the schema was tried with.
TAPLO := npx --yes @taplo/cli@0.7.0
schema: build schema-needs
	@tests/schema "$(TAPLO)"

# Fails where a package has a known vulnerability, and warns where the package source has no list of them.
audit: build-needs
	@dotnet restore NetSuperd.sln --force --nologo --verbosity quiet -p:FailsForVulnerablePackages=true

# Fails where the code is not laid out as .editorconfig says; the build itself fails where it is not in the style of that file. A test
# checks the length of lines and the names of files.
format: build-needs
	@dotnet format whitespace NetSuperd.sln --verify-no-changes

# What BenchmarkDotNet measures inside the process.
bench-inside: build-needs
	@dotnet run --project tests/NetSuperd.Benchmarks --configuration Release -- inside

include etc/package/package.mk
