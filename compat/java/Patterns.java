import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** For each line of stdin, a pattern and texts in hexadecimal UTF-8: which texts match, or why it is no pattern. */
public class Patterns {
    public static void main(String[] arguments) throws Exception {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ", -1);
            try {
                Pattern pattern = Pattern.compile(text(words[0]));
                StringBuilder answers = new StringBuilder();
                for (int i = 1; i < words.length; i++) {
                    answers.append(pattern.matcher(text(words[i])).matches() ? '1' : '0');
                }
                System.out.println(answers);
            } catch (PatternSyntaxException refusal) {
                System.out.println(refusal.getDescription());
            }
        }
    }

    private static String text(String hexadecimal) {
        return new String(HexFormat.of().parseHex(hexadecimal), StandardCharsets.UTF_8);
    }
}
