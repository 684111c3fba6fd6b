export type Product = {
  id: string;
  name: string;
  category: "Kitchen" | "Office" | "Garden";
  /** In cents. */
  price: number;
  description: string;
  colours: readonly string[];
  inStock: boolean;
};

export const products: readonly Product[] = [
  {
    id: "kettle",
    name: "Kettle",
    category: "Kitchen",
    price: 4_900,
    description: "One litre, boils in three minutes.",
    colours: ["Steel", "Black"],
    inStock: true,
  },
  {
    id: "teapot",
    name: "Teapot",
    category: "Kitchen",
    price: 2_450,
    description: "Stoneware with a strainer.",
    colours: ["White", "Blue"],
    inStock: true,
  },
  {
    id: "bread-knife",
    name: "Bread knife",
    category: "Kitchen",
    price: 1_990,
    description: "Forged blade of 24 cm.",
    colours: ["Oak"],
    inStock: true,
  },
  {
    id: "desk-lamp",
    name: "Desk lamp",
    category: "Office",
    price: 6_900,
    description: "Dimmable, with a long arm.",
    colours: ["Black", "White", "Red"],
    inStock: true,
  },
  {
    id: "notebook",
    name: "Notebook",
    category: "Office",
    price: 890,
    description: "160 numbered pages, dotted.",
    colours: ["Grey", "Green"],
    inStock: true,
  },
  {
    id: "chair",
    name: "Office chair",
    category: "Office",
    price: 21_900,
    description: "Adjustable in height and tilt.",
    colours: ["Black"],
    inStock: false,
  },
  {
    id: "watering-can",
    name: "Watering can",
    category: "Garden",
    price: 1_750,
    description: "Five litres, with a rose.",
    colours: ["Green", "Zinc"],
    inStock: true,
  },
  {
    id: "trowel",
    name: "Trowel",
    category: "Garden",
    price: 1_200,
    description: "Ash handle, steel blade.",
    colours: ["Ash"],
    inStock: true,
  },
];

export function findProduct(id: string): Product | undefined {
  return products.find((product) => product.id === id);
}

/** 4900 is `49.00 €`. */
export function money(cents: number): string {
  return `${(cents / 100).toFixed(2)} €`;
}

export function searchProducts(query: string, category: string): Product[] {
  const wanted = query.trim().toLowerCase();
  return products.filter(
    (product) =>
      (category === "" || product.category === category) &&
      `${product.name} ${product.description}`.toLowerCase().includes(wanted),
  );
}
