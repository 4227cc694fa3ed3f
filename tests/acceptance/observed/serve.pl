# Answers / with 200 and /broken with 500, and measures both as OpenTelemetry names it and by a name of its own;
# of /crash it dies.
use strict; use warnings; use IO::Socket::INET; use Time::HiRes qw(time);
my $server = IO::Socket::INET->new(LocalPort => 8080, Listen => 64, ReuseAddr => 1) or die $!;
$SIG{TERM} = sub { exit 0 };
my @bounds = (0.005, 0.05, 0.5, 5);
my (%buckets, %sums);
while (my $client = $server->accept) {
  my $begun = time;
  my ($path) = (<$client> // "") =~ m{^\w+ (\S+)} or next;
  while (defined(my $header = <$client>)) { last if $header =~ /^\r?\n$/ }
  die "told to crash\n" if $path eq "/crash";
  my $status = $path eq "/broken" ? 500 : 200;
  my $body = $path eq "/metrics" ? metrics() : "$path\n";
  print $client "HTTP/1.1 $status X\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close\r\nContent-Length: ",
    length $body, "\r\n\r\n$body";
  close $client;
  my ($key, $took) = (qq(http_request_method="GET",http_route="$path",http_response_status_code="$status"), time - $begun);
  $sums{$key} += $took;
  $buckets{$key}[$_] += $took <= ($bounds[$_] // "inf") for 0 .. @bounds;
}
sub metrics {
  return join "", map { histogram($_) } "http_server_request_duration_seconds", "observed_request_seconds";
}
sub histogram {
  my ($name) = @_;
  my $text = "# TYPE $name histogram\n";
  for my $key (sort keys %buckets) {
    $text .= "${name}_bucket{$key,le=\"" . ($bounds[$_] // "+Inf") . "\"} $buckets{$key}[$_]\n" for 0 .. @bounds;
    $text .= "${name}_sum{$key} $sums{$key}\n${name}_count{$key} $buckets{$key}[-1]\n";
  }
  return $text;
}
