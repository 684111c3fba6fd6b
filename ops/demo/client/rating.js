class StarRating extends HTMLElement {
  connectedCallback() {
    const root = this.attachShadow({ mode: "open" });
    const group = document.createElement("div");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", `Rating of ${this.getAttribute("name")}`);
    for (let stars = 1; stars <= 5; stars++) {
      const button = document.createElement("button");
      button.textContent = stars === 1 ? "1 star" : `${stars} stars`;
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("click", () => this.rate(stars));
      group.append(button);
    }
    root.append(group);
  }

  rate(stars) {
    for (const [index, button] of [...this.shadowRoot.querySelectorAll("button")].entries()) {
      button.setAttribute("aria-pressed", String(index + 1 === stars));
    }
    document.querySelector("#rating").textContent = `${stars} of 5`;
  }
}

customElements.define("star-rating", StarRating);
