import java.io.File;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.ErrorArgument;
import org.verapdf.pdfa.validation.profiles.ErrorArgumentImpl;
import org.verapdf.pdfa.validation.profiles.ErrorDetails;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.Reference;
import org.verapdf.pdfa.validation.profiles.Rule;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;
import org.verapdf.pdfa.validation.profiles.Variable;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * Files against profiles, by veraPDF's engine, in one process.
 *
 * <p>Usage: Vera LIST, a file with a profile (3a or ua1), a tab and the path of a PDF on each line. For each of them one
 * line of fields with tabs between: path, profile, PASS, FAIL or ERROR, number of rules, number of checks, what failed.
 *
 * <p>veraPDF reads its profiles through JAXB, which neither Java nor the jar has. So they are read here with the
 * JDK's own parser, and made with veraPDF's own makers.
 */
public final class Vera {
  private static final Map<String, String> FILES =
      Map.of("3a", "/org/verapdf/pdfa/validation/PDFA-3A.xml", "ua1", "/org/verapdf/pdfa/validation/PDFUA-1.xml");

  public static void main(String[] arguments) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    Map<String, ValidationProfile> profiles = new HashMap<>();
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      String[] asked = line.split("\t");
      if (!profiles.containsKey(asked[0])) {
        profiles.put(asked[0], profile(FILES.get(asked[0])));
      }
      System.out.println(asked[1] + "\t" + asked[0] + "\t" + verdict(profiles.get(asked[0]), new File(asked[1])));
    }
  }

  private static String verdict(ValidationProfile profile, File file) {
    try (PDFAParser parser = Foundries.defaultInstance().createParser(file, profile.getPDFAFlavour())) {
      ValidationResult result = Foundries.defaultInstance().createValidator(profile, false).validate(parser);
      Map<String, String> failed = new LinkedHashMap<>();
      for (TestAssertion each : result.getTestAssertions()) {
        if (each.getStatus() == TestAssertion.Status.FAILED) {
          failed.putIfAbsent(each.getRuleId().getClause() + "-" + each.getRuleId().getTestNumber(), each.getMessage());
        }
      }
      String word = result.isCompliant() ? "PASS" : "FAIL";
      String told = failed.toString().replaceAll("\\s+", " ");
      return word + "\t" + profile.getRules().size() + "\t" + result.getTotalAssertions() + "\t" + told;
    } catch (Exception error) {
      return "ERROR\t0\t0\t" + error.toString().replaceAll("\\s+", " ");
    }
  }

  private static ValidationProfile profile(String resource) throws Exception {
    Element root;
    try (InputStream stream = Vera.class.getResourceAsStream(resource)) {
      root = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(stream).getDocumentElement();
    }
    Set<Rule> rules = new LinkedHashSet<>();
    for (Element each : children(child(root, "rules"))) {
      rules.add(rule(each));
    }
    Set<Variable> variables = new LinkedHashSet<>();
    for (Element each : children(child(root, "variables"))) {
      variables.add(
          Profiles.variableFromValues(
              each.getAttribute("name"), each.getAttribute("object"), text(each, "defaultValue"), text(each, "value")));
    }
    return Profiles.profileFromValues(
        PDFAFlavour.valueOf(root.getAttribute("flavour")),
        Profiles.profileDetailsFromValues(resource, resource, "veraPDF", new Date(0)), "", rules, variables);
  }

  private static Rule rule(Element rule) {
    Element id = child(rule, "id");
    Element error = child(rule, "error");
    List<ErrorArgument> shown = new ArrayList<>();
    for (Element each : children(child(error, "arguments"))) {
      shown.add(ErrorArgumentImpl.fromValues(each.getTextContent(), null, null));
    }
    ErrorDetails details = Profiles.errorFromValues(text(error, "message"), shown);
    List<Reference> references = new ArrayList<>();
    return Profiles.ruleFromValues(
        Profiles.ruleIdFromValues(
            PDFAFlavour.Specification.valueOf(id.getAttribute("specification")),
            id.getAttribute("clause"), Integer.parseInt(id.getAttribute("testNumber"))),
        rule.getAttribute("object"),
        rule.hasAttribute("deferred") ? Boolean.valueOf(rule.getAttribute("deferred")) : null,
        rule.getAttribute("tags"), text(rule, "description"), text(rule, "test"), details, references);
  }

  private static List<Element> children(Element parent) {
    List<Element> found = new ArrayList<>();
    for (Node node = parent == null ? null : parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element) {
        found.add((Element) node);
      }
    }
    return found;
  }

  private static Element child(Element parent, String name) {
    return children(parent).stream().filter(each -> each.getTagName().equals(name)).findFirst().orElse(null);
  }

  private static String text(Element parent, String name) {
    return child(parent, name).getTextContent();
  }
}
