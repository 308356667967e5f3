<?php
// Things whose values are known elsewhere: in standards, in reference works, in the interpreter's own documentation.
function primes(int $below): Generator {
    for ($n = 2; $n < $below; $n++) {
        for ($d = 2; $d * $d <= $n; $d++) if ($n % $d === 0) continue 2;
        yield $n;
    }
}
enum Suit: string { case Hearts = "H"; case Spades = "S"; }
echo md5("message digest"), "\n", hash("sha256", "abc"), "\n";
printf("%08x %s\n", crc32("123456789"), base64_encode("any carnal pleas"));
echo gmdate("D, d M Y H:i:s", 784111777), " GMT\n";
mt_srand(5489);
echo mt_rand(), " ", var_export(0.1 + 0.2, true), " ", PHP_INT_MAX, "\n";
echo implode(" ", iterator_to_array(primes(50), false)), "\n";
echo json_encode(["suit" => Suit::from("S"), "pi" => round(M_PI, 4), "é" => null], JSON_UNESCAPED_UNICODE), "\n";
echo preg_replace_callback('/\b\w/', fn($m) => strtoupper($m[0]), "the same on every machine"), "\n";
try { echo strrev("desserts"), "\n"; intdiv(1, 0); }
catch (DivisionByZeroError $error) { echo get_class($error), ": ", $error->getMessage(), "\n"; }
