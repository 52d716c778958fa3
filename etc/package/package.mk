# The packages, all from one stage: make deb, make rpm and make dist. ARCH=arm64 builds for another machine than this one. Two builds of one
# commit are byte-equal, in whatever folder.

VERSION := $(shell sed -n 's,.*<Version>\(.*\)</Version>.*,\1,p' Directory.Build.props)
PACKAGES := $(CURDIR)/obj/package
ROOT := $(PACKAGES)/$(ARCH)/root
export MAINTAINER := The NetSuperd authors <netsuperd@example.org>
export LEVEL := 6

# Every file has this time: that of the commit, or of the source if there is no git.
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || stat -c %Y Directory.Build.props)
export SOURCE_DATE_EPOCH := $(SOURCE_DATE_EPOCH)

.PHONY: package-stage deb rpm dist package-test

package-stage: build
	@echo "collecting the files of the package in $(ROOT)"
	@rm -rf $(PACKAGES)/$(ARCH)
	@$(MAKE) -s --no-print-directory -o build install DESTDIR=$(ROOT) PREFIX=/usr SYSCONFDIR=/etc
	@etc/package/stage $(ARCH) $(OUT) $(ROOT)

# dpkg-deb alone: debhelper would need a source package, and would run its tools over files that are built already.
deb: package-stage
	@etc/package/deb/build $(ARCH) $(VERSION) $(ROOT) $(PACKAGES)

rpm: package-stage
	$(call install_needs,rpmbuild:rpm)
	@echo "building the RPM package"
	@rpmbuild -bb --quiet --target $(if $(filter arm64,$(ARCH)),aarch64,x86_64) --define "_topdir $(PACKAGES)/$(ARCH)/rpm" \
		--define "_rpmdir $(PACKAGES)" --define "version $(VERSION)" --define "level $(LEVEL)" --define "stage $(ROOT)" etc/package/netsuperd.spec
	@ls -sh $(PACKAGES)/*.rpm

# For any Linux with glibc: the same files with an install script.
dist: package-stage
	@etc/package/dist/build $(ARCH) $(VERSION) $(ROOT) $(PACKAGES)

PACKAGE_TEST_NEEDS := debootstrap:debootstrap lintian:lintian rpmbuild:rpm gcc:gcc /usr/include/stdio.h:libc6-dev unshare:util-linux \
	ip:iproute2

# Builds the packages twice, and installs, upgrades and removes them in a Debian of their own.
package-test: build-needs
	$(call install_needs,$(PACKAGE_TEST_NEEDS))
	@tests/packages/run
