"use strict";
// What a network says to the gateway and hears from it, for each provider. An input is {first, number, typed, whole}.

// Africa's Talking: a form with everything typed so far, and plain text back.
const africastalking = {
  request(phone, input) {
    const fields = {
      sessionId: phone.id, phoneNumber: phone.number, networkCode: "99999", serviceCode: phone.code, text: input.whole,
    };
    return { path: "/africastalking/ussd", method: "POST", body: new URLSearchParams(fields) };
  },
  read(text) { return /^(CON|END) /.test(text) ? { text: text.slice(4), ends: text.startsWith("END ") } : null; },
};

// A JSON aggregator, as its mapping file describes it.
function aggregator(name, ussd) {
  return {
    request(phone, input) {
      const body = {}, path = (ussd.path || "").split("/").filter(Boolean);
      const put = (field, value) => {
        const at = path.indexOf("{" + field + "}");
        if (at >= 0) { path[at] = encodeURIComponent(value); return; }
        const names = field.split(".");
        const inner = names.slice(0, -1).reduce((object, one) => (object[one] ||= {}), body);
        inner[names.at(-1)] = value === "true" || value === "false" ? value === "true" : value;
      };
      put(ussd.session, phone.id);
      put(ussd.number, phone.number.replace(/^\+/, ""));
      put(ussd.typed, input.first ? (ussd.code_is_typed_first ? phone.code : "") : ussd.typed_is_whole ? input.whole : input.typed);
      if (ussd.code) put(ussd.code, phone.code);
      if (ussd.counted) put(ussd.counted, input.number);
      if (ussd.echoed) put(ussd.echoed, input.number - 1);
      if (ussd.kind) put(ussd.kind.field, input.first ? ussd.kind.begins[0] : ussd.kind.goes_on);
      const address = ["", name, "ussd", ...path].join("/");
      return { path: address, method: path.length && !input.first ? "PUT" : "POST", body: JSON.stringify(body) };
    },
    read(text) {
      const found = { text: "", ends: false };
      const look = (shape, told) => {
        for (const [key, one] of Object.entries(shape)) {
          if (one === "{text}") found.text = told[key];
          else if (one && typeof one === "object" && "goes_on" in one) found.ends = told[key] === one.ends;
          else if (one && typeof one === "object") look(one, told[key]);
        }
      };
      try { look(ussd.answer, JSON.parse(text)); } catch { return null; }
      return found;
    },
  };
}
