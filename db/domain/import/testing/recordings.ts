/** Recordings in the shape in which the browser's Recorder exports them. */
export const recordings = {
  signIn: {
    title: "Sign in and buy",
    steps: [
      {
        type: "setViewport",
        width: 1280,
        height: 720,
        deviceScaleFactor: 1,
        isMobile: false,
        hasTouch: false,
        isLandscape: false,
      },
      {
        type: "navigate",
        url: "https://shop.example/",
        assertedEvents: [{ type: "navigation", url: "https://shop.example/", title: "Shop" }],
      },
      {
        type: "click",
        target: "main",
        selectors: [
          ["aria/Log in"],
          ["header > a.login"],
          ['xpath///*[@id="top"]/header/a'],
          ["pierce/header > a.login"],
          ["text/Log in"],
          ["[data-testid='login']"],
        ],
        offsetX: 21.5,
        offsetY: 9,
        assertedEvents: [{ type: "navigation", url: "https://shop.example/login", title: "" }],
      },
      {
        type: "change",
        value: "ann@example.org",
        selectors: [["aria/E-mail"], ["#email"], ['xpath///*[@id="email"]'], ["pierce/#email"]],
        target: "main",
      },
      { type: "keyDown", target: "main", key: "Tab" },
      { type: "keyUp", target: "main", key: "Tab" },
      {
        type: "change",
        value: "hunter2",
        selectors: [["aria/Password"], ["#password"], ['xpath///*[@id="password"]'], ["pierce/#password"]],
        target: "main",
      },
      {
        type: "keyDown",
        target: "main",
        key: "Enter",
        assertedEvents: [{ type: "navigation", url: "https://shop.example/account", title: "Your account" }],
      },
      { type: "keyUp", target: "main", key: "Enter" },
      {
        type: "change",
        value: "blue",
        selectors: [["aria/Colour"], ["form > select"], ['xpath///*[@id="variants"]/select']],
        target: "main",
      },
      { type: "waitForElement", selectors: ["#total"], count: 1 },
    ],
  },
  framesAndTabs: {
    title: "Frames, shadow trees, tabs",
    steps: [
      { type: "navigate", url: "https://shop.example/pay" },
      {
        type: "change",
        value: "4242 4242",
        selectors: [['aria/Card number[role="textbox"]'], ["#card"]],
        target: "main",
        frame: [0, 2],
      },
      {
        type: "click",
        target: "main",
        selectors: [["shop-menu", "button.open"], ["pierce/shop-menu button.open"]],
        offsetX: 5,
        offsetY: 5,
      },
      {
        type: "hover",
        target: "https://shop.example/help",
        selectors: [["#topics"]],
      },
      { type: "close", target: "https://shop.example/help" },
      { type: "hover", target: "main", selectors: [["#pay"]] },
    ],
  },
} as const;
