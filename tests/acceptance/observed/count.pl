# Writes HOST 0, HOST 1, ... on its standard output and every tenth line on its standard error; then waits.
use strict; use warnings; use Sys::Hostname; use Time::HiRes qw(sleep time);
$| = 1; select(STDERR); $| = 1; select(STDOUT);
$SIG{TERM} = sub { exit 0 };
my ($host, $begun) = (hostname(), time);
for my $n (0 .. $ENV{LINES} - 1) {
  print { $n % 10 ? *STDOUT : *STDERR } "$host $n\n";
  my $early = $begun + ($n + 1) / $ENV{PER_SECOND} - time;
  sleep $early if $early > 0.01;
}
sleep 3600 while 1;
