#!/bin/sh
# PostgreSQL, and Java for Spark, for the tests that measure on them, where this machine lets us install them.
# The tests start servers of their own in temporary folders; no service is needed. What is missing afterwards
# makes its tests skip, never fail.
set -eu

packages=
ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 || command -v pg_ctl >/dev/null 2>&1 ||
  packages="$packages postgresql"
command -v java >/dev/null 2>&1 || packages="$packages default-jre-headless"
if [ -z "$packages" ]; then
  exit 0
fi
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
  echo "engines: no right to install packages here, their tests will skip:$packages"
  exit 0
fi

# Debian's package would make a database and start it.
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
  mkdir -p /etc/postgresql-common
  echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
fi
export DEBIAN_FRONTEND=noninteractive
apt="apt-get -qq -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300"
$apt update >/dev/null || echo "engines: the list of packages could not be renewed"
for package in $packages; do
  $apt install -y --no-install-recommends "$package" >/dev/null ||
    echo "engines: the package $package could not be installed, its tests will skip"
done
