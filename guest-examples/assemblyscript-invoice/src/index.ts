// Sums an invoice in whole cents: lines by quantity and price, a discount, and the tax of each rate. The values come and
// go as JSON, by the types that stand here.

class Line {
  text: string = "";
  quantity: u32 = 0;
  /** In cents. */
  price: i64 = 0;
  /** In thousandths. */
  rate: u32 = 0;
}

class Tax {
  rate: u32 = 0;
  net: i64 = 0;
  tax: i64 = 0;
}

class Invoice {
  net: i64 = 0;
  tax: i64 = 0;
  total: i64 = 0;
  taxes: Array<Tax> = [];
  /** The dearest line; null of an empty invoice. */
  dearest: Line | null = null;
}

/** Half up, away from zero. */
function rounded(thousandths: i64): i64 {
  return (thousandths + (thousandths < 0 ? -500 : 500)) / 1000;
}

/** Sums lines, less a discount in thousandths. */
export function invoice(lines: Array<Line>, discount: u32): Invoice {
  const sum = new Invoice();
  const rates = new Map<u32, Tax>();
  let most: i64 = i64.MIN_VALUE;
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i];
    const net = rounded(<i64>line.quantity * line.price * (1000 - <i64>discount));
    if (!rates.has(line.rate)) {
      const tax = new Tax();
      tax.rate = line.rate;
      rates.set(line.rate, tax);
      sum.taxes.push(tax);
    }
    rates.get(line.rate).net += net;
    sum.net += net;
    if (net > most) {
      most = net;
      sum.dearest = line;
    }
  }
  sum.taxes.sort((a, b) => <i32>a.rate - <i32>b.rate);
  for (let i = 0; i < sum.taxes.length; i++) {
    const tax = sum.taxes[i];
    tax.tax = rounded(tax.net * <i64>tax.rate);
    sum.tax += tax.tax;
  }
  sum.total = sum.net + sum.tax;
  return sum;
}
